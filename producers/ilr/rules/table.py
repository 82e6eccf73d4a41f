"""The rule book: rule id, severity, first year, and the function that finds the rule broken.

Texts and severities are those of the 2025-26 rules (Filename_1 apart: see `file`). An error sets
the learner aside, a warning is reported. The books of earlier years were not at hand: a rule is
applied to them too, unless it is marked as new or rests on codes that came later. Left out are the
rules that need data which the bus does not hold, such as ULN_05 (the Learner Register), and the
part of Postcode_14 that needs a list of postcodes.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from producers.ilr import years
from producers.ilr.records import Learner
from producers.ilr.rules import aims, employment, person
from producers.ilr.survey import Survey
from producers.ilr.years import AcademicYear


class Severity(StrEnum):
    """What follows from a broken rule."""

    ERROR = "error"
    WARNING = "warning"


Check = Callable[[Learner, Survey], Iterable[int]]
"""Yields the lines of the file where a learner breaks the rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the rule book."""

    rule_id: str
    text: str
    check: Check
    severity: Severity = Severity.ERROR
    since: AcademicYear = years.FIRST


@dataclass(frozen=True, slots=True)
class RuleFault:
    """A rule that a learner breaks, and where. It names no value."""

    rule_id: str
    severity: Severity
    learner: int
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.rule_id}: learner {self.learner}, line {self.line}: {self.text}"


_2024: Final = AcademicYear(2024)
_2025: Final = AcademicYear(2025)
_WARNING: Final = Severity.WARNING

RULES: Final = (
    Rule("R_06", "another learner has the same reference", person.reference_repeats),
    Rule("R_59", "another learner has the same ULN", person.uln_repeats),
    Rule("ULN_04", "the ULN fails its check digit", person.uln_check_digit),
    Rule("NINumber_01", "the National Insurance number is malformed", person.ni_number_form),
    Rule("DateOfBirth_04", "the learner would be 115 or older", person.too_old),
    Rule("DateOfBirth_24", "there is a ULN and no date of birth", person.date_of_birth_missing),
    Rule("DateOfBirth_27", "the learner would be born in this teaching year", person.too_young),
    Rule("Postcode_14", "no postcode starts like this one", person.postcode_area, _WARNING),
    Rule("Postcode_15", "the postcode is malformed", person.postcode_form),
    Rule("LLDDCat_02", "the health category has ended before the start", person.condition_ended),
    Rule("R_07", "two aims have the same sequence number", aims.sequence_repeats),
    Rule("FundModel_01", "there is no such funding model", aims.fund_model_unknown),
    Rule("CompStatus_01", "there is no such completion status", aims.completion_unknown),
    Rule("CompStatus_02", "the aim has an end date and continues", aims.ended_and_continues),
    Rule("CompStatus_03", "the aim does not continue and has no end date", aims.stopped_undated),
    Rule("CompStatus_04", "the aim does not continue and has no outcome", aims.stopped_no_outcome),
    Rule("CompStatus_05", "the aim continues and has an outcome", aims.continues_with_outcome),
    Rule("CompStatus_06", "the aim stopped and is achieved or open", aims.stopped_and_achieved),
    Rule("Outcome_01", "there is no such outcome", aims.outcome_unknown),
    Rule("Outcome_11", "the aim has an outcome and no end date", aims.outcome_undated),
    Rule(
        "Outcome_12", "the aim has an end date and no outcome", aims.ended_no_outcome, since=_2025
    ),
    Rule("WithdrawReason_03", "somebody withdrew and no reason is given", aims.reason_missing),
    Rule("WithdrawReason_04", "nobody withdrew and a reason is given", aims.reason_needless),
    Rule("SWSupAimId_01", "the software's aim identifier is no UUID", aims.no_uuid, _WARNING),
    Rule(
        "LearnDelFAMDateFrom_06",
        "an event indicator is dated before 1 August 2025",
        aims.event_too_early,
        since=_2025,
    ),
    Rule("R_43", "two employment statuses have the same date", employment.date_repeats),
    Rule("R_97", "two employment statuses in a row are equal", employment.equal_in_a_row, _WARNING),
    Rule(
        "EmpStat_21",
        "no employment status applies before the start of an Adult Skills Fund aim",
        employment.status_missing,
        since=_2024,
    ),
    Rule("ESMType_02", "employed, and no hours band is given", employment.intensity_missing),
    Rule("ESMType_05", "employed, with a length of unemployment", employment.employed_unemployed),
    Rule("ESMType_08", "looking for work, and not since when", employment.unemployment_missing),
    Rule("ESMType_10", "not employed, with a length of employment", employment.unemployed_employed),
)


def broken_rules(learner: Learner, survey: Survey) -> Iterator[RuleFault]:
    """Yield every rule of the file's year that the learner breaks, once for each line."""
    for rule in RULES:
        if survey.header.year >= rule.since:
            for line in rule.check(learner, survey):
                yield RuleFault(rule.rule_id, rule.severity, learner.ordinal, line, rule.text)
