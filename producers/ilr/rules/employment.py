"""Rules about employment status. Each function yields the lines where its rule is broken."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from typing import Final

from producers.ilr.codes import (
    EMPLOYED,
    FUND_16_TO_19,
    FUND_ADULT_SKILLS_FUND,
    FUND_BOOTCAMPS,
    FUND_OTHER_16_TO_19,
    LOOKING,
    NOT_LOOKING,
)
from producers.ilr.records import EmploymentStatus, Learner
from producers.ilr.survey import Survey
from producers.ilr.years import age_on, teaching_year

_MONITORED_FROM: Final = date(2012, 8, 1)
_ADULT_YEARS: Final = 19
_WITHOUT_UNEMPLOYMENT: Final = frozenset({FUND_16_TO_19, FUND_OTHER_16_TO_19, FUND_BOOTCAMPS})


def in_date_order(learner: Learner) -> list[EmploymentStatus]:
    """Return a learner's employment statuses, the earliest first."""
    return sorted(learner.employment, key=lambda status: status.applies_on)


def status_on(learner: Learner, day: date) -> EmploymentStatus | None:
    """Return the employment status that applies on a day, or None where none is known."""
    until = [status for status in in_date_order(learner) if status.applies_on <= day]
    return until[-1] if until else None


def date_repeats(learner: Learner, _: Survey) -> Iterator[int]:
    """R_43: one employment status for each date."""
    for before, after in pairwise(in_date_order(learner)):
        if before.applies_on == after.applies_on:
            yield after.line


def equal_in_a_row(learner: Learner, _: Survey) -> Iterator[int]:
    """R_97: of two statuses in a row, something differs."""
    for before, after in pairwise(in_date_order(learner)):
        if _content(before) == _content(after):
            yield after.line


def status_missing(learner: Learner, _: Survey) -> Iterator[int]:
    """EmpStat_21: an Adult Skills Fund aim of a learner over 18 has a status before it starts.

    The age is that on 31 August of the teaching year in which the aim started.
    """
    for aim in learner.aims:
        august = date(teaching_year(aim.started_on), 8, 31)
        if (
            aim.fund_model == FUND_ADULT_SKILLS_FUND
            and learner.born_on is not None
            and age_on(august, learner.born_on) >= _ADULT_YEARS
            and not any(status.applies_on < aim.started_on for status in learner.employment)
        ):
            yield aim.line


def intensity_missing(learner: Learner, _: Survey) -> Iterator[int]:
    """ESMType_02: an employed learner has an employment intensity (EII), since August 2012."""
    return (
        status.line
        for status in learner.employment
        if status.applies_on >= _MONITORED_FROM
        and status.status == EMPLOYED
        and status.code("EII") is None
    )


def employed_unemployed(learner: Learner, _: Survey) -> Iterator[int]:
    """ESMType_05: an employed learner has no length of unemployment (LOU)."""
    return (
        status.line
        for status in learner.employment
        if status.status == EMPLOYED and status.code("LOU") is not None
    )


def unemployment_missing(learner: Learner, _: Survey) -> Iterator[int]:
    """ESMType_08: a learner looking for work has a length of unemployment (LOU), since August 2012.

    Not where the status applies to an aim for 16 to 19 year olds or to a Skills Bootcamp.
    """
    excused = {
        status.line
        for aim in learner.aims
        if aim.fund_model in _WITHOUT_UNEMPLOYMENT
        and (status := status_on(learner, aim.started_on)) is not None
    }
    return (
        status.line
        for status in learner.employment
        if status.applies_on >= _MONITORED_FROM
        and status.status == LOOKING
        and status.code("LOU") is None
        and status.line not in excused
    )


def unemployed_employed(learner: Learner, _: Survey) -> Iterator[int]:
    """ESMType_10: a learner not employed has no length of employment (LOE)."""
    return (
        status.line
        for status in learner.employment
        if status.status in {LOOKING, NOT_LOOKING} and status.code("LOE") is not None
    )


def _content(status: EmploymentStatus) -> tuple[object, ...]:
    monitoring = sorted((one.type, one.code) for one in status.monitoring)
    return status.status, status.employer, status.agreement, monitoring
