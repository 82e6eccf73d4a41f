"""The rule book: rule id, what a breach of the rule spoils and why, and the function that finds it.

Texts and severities are those of the 2025-26 rules (Filename_1 apart: see `file`). The DfE's rules
guard its payments; the bus asks something else of a record. A learner is set aside only where a
breach makes it uncertain who the person is, or an event would say what cannot be. Every other
breach, such as one of a rule about funding, is a warning, whatever severity the book gives it.

The books of earlier years were not at hand: a rule is applied to them too, unless it is marked as
new or rests on codes that came later. Left out are the rules that need data which the bus does not
hold, such as ULN_05 (the Learner Register), and the part of Postcode_14 that needs a list of
postcodes.
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
    """What the rule book calls a breach."""

    ERROR = "error"
    WARNING = "warning"


class Spoils(StrEnum):
    """What a breach spoils for the bus."""

    PERSON = "person"
    """Who the learner is becomes uncertain: set aside."""
    EVENT = "event"
    """An event would say what cannot be, or nobody knows which of two things: set aside."""
    NOTHING = "nothing"
    """The person is known and every event is right, if poorer: a warning."""


Check = Callable[[Learner, Survey], Iterable[int]]
"""Yields the lines of the file where a learner breaks the rule."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the rule book; `why` says why a breach spoils that, or nothing."""

    rule_id: str
    text: str
    check: Check
    spoils: Spoils
    why: str
    severity: Severity = Severity.ERROR
    since: AcademicYear = years.FIRST


@dataclass(frozen=True, slots=True)
class RuleFault:
    """A rule that a learner breaks, and where. It names no value."""

    rule_id: str
    sets_aside: bool
    learner: int
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.rule_id}: learner {self.learner}, line {self.line}: {self.text}"


_2024: Final = AcademicYear(2024)
_2025: Final = AcademicYear(2025)
_WARNING: Final = Severity.WARNING
_PERSON, _EVENT, _NOTHING = Spoils

RULES: Final = (
    Rule(
        "R_06",
        "another learner has the same reference",
        person.reference_repeats,
        _PERSON,
        "two people would be one participant",
    ),
    Rule(
        "R_59",
        "another learner has the same ULN",
        person.uln_repeats,
        _PERSON,
        "one of the two has a number that is another person's",
    ),
    Rule(
        "ULN_04",
        "the ULN fails its check digit",
        person.uln_check_digit,
        _PERSON,
        "it is mistyped, and people are matched by it",
    ),
    Rule(
        "NINumber_01",
        "the National Insurance number is malformed",
        person.ni_number_form,
        _PERSON,
        "it is mistyped, and people are matched by it",
    ),
    Rule(
        "DateOfBirth_04",
        "the learner would be 115 or older",
        person.too_old,
        _PERSON,
        "it is mistyped, and people are matched by it",
    ),
    Rule(
        "DateOfBirth_24",
        "there is a ULN and no date of birth",
        person.date_of_birth_missing,
        _PERSON,
        "nothing shows that the number is this person's",
    ),
    Rule(
        "DateOfBirth_27",
        "the learner would be born in this teaching year",
        person.too_young,
        _PERSON,
        "it is mistyped, and people are matched by it",
    ),
    Rule(
        "Postcode_14",
        "no postcode starts like this one",
        person.postcode_area,
        _NOTHING,
        "an area that is no longer used may be meant; the district is told as it stands",
        _WARNING,
    ),
    Rule(
        "Postcode_15",
        "the postcode is malformed",
        person.postcode_form,
        _EVENT,
        "letters would go to an address that is none",
    ),
    Rule(
        "LLDDCat_02",
        "the health category has ended before the start",
        person.condition_ended,
        _EVENT,
        "health would be told in a category that did not exist, and it is told to few and exactly",
    ),
    Rule(
        "R_07",
        "two aims have the same sequence number",
        aims.sequence_repeats,
        _EVENT,
        "two courses could be one event",
    ),
    Rule(
        "FundModel_01",
        "there is no such funding model",
        aims.fund_model_unknown,
        _EVENT,
        "it says which service the aim is of, and who may see it depends on that",
    ),
    Rule(
        "CompStatus_01",
        "there is no such completion status",
        aims.completion_unknown,
        _EVENT,
        "the stage of the enrolment is unknown",
    ),
    Rule(
        "CompStatus_02",
        "the aim has an end date and continues",
        aims.ended_and_continues,
        _EVENT,
        "one of the two is wrong",
    ),
    Rule(
        "CompStatus_03",
        "the aim does not continue and has no end date",
        aims.stopped_undated,
        _EVENT,
        "an end would be told on the day of the start",
    ),
    Rule(
        "CompStatus_04",
        "the aim does not continue and has no outcome",
        aims.stopped_no_outcome,
        _EVENT,
        "one of the two is wrong, or an outcome is missing",
    ),
    Rule(
        "CompStatus_05",
        "the aim continues and has an outcome",
        aims.continues_with_outcome,
        _EVENT,
        "one of the two is wrong",
    ),
    Rule(
        "CompStatus_06",
        "the aim stopped and is achieved or open",
        aims.stopped_and_achieved,
        _EVENT,
        "one of the two is wrong",
    ),
    Rule(
        "Outcome_01",
        "there is no such outcome",
        aims.outcome_unknown,
        _EVENT,
        "whether the aim was achieved is unknown",
    ),
    Rule(
        "Outcome_11",
        "the aim has an outcome and no end date",
        aims.outcome_undated,
        _EVENT,
        "one of the two is wrong",
    ),
    Rule(
        "Outcome_12",
        "the aim has an end date and no outcome",
        aims.ended_no_outcome,
        _EVENT,
        "one of the two is wrong, or an outcome is missing",
        since=_2025,
    ),
    Rule(
        "WithdrawReason_03",
        "a learner withdrew and no reason is given",
        aims.reason_missing,
        _NOTHING,
        "the withdrawal is told, and no reason with it",
    ),
    Rule(
        "WithdrawReason_04",
        "nobody withdrew and a reason is given",
        aims.reason_needless,
        _EVENT,
        "one of the two is wrong, and a reason can be one of health",
    ),
    Rule(
        "LearnActEndDate_01",
        "the aim ended before it started",
        aims.ended_before_start,
        _EVENT,
        "dates that cannot be in that order",
    ),
    Rule(
        "LearnPlanEndDate_02",
        "the aim is planned to end before it starts",
        aims.planned_before_start,
        _EVENT,
        "dates that cannot be in that order",
    ),
    Rule(
        "AchDate_03",
        "the aim was achieved before it started",
        aims.achieved_before_start,
        _EVENT,
        "dates that cannot be in that order",
    ),
    Rule(
        "LearnStartDate_05",
        "an aim started before the learner was born",
        aims.started_before_birth,
        _PERSON,
        "dates that cannot be in that order, and one of them is who the person is",
    ),
    Rule(
        "SWSupAimId_01",
        "the software's aim identifier is no UUID",
        aims.no_uuid,
        _NOTHING,
        "the aim is known by reference, sequence number, aim and start",
        _WARNING,
    ),
    Rule(
        "LearnDelFAMDateFrom_06",
        "an event indicator is dated before 1 August 2025",
        aims.event_too_early,
        _NOTHING,
        "it concerns funding; no event holds the indicator",
        since=_2025,
    ),
    Rule(
        "R_43",
        "two employment statuses have the same date",
        employment.date_repeats,
        _EVENT,
        "which of the two is told would be chance",
    ),
    Rule(
        "R_97",
        "two employment statuses in a row are equal",
        employment.equal_in_a_row,
        _NOTHING,
        "both say the same",
        _WARNING,
    ),
    Rule(
        "EmpStat_21",
        "no employment status applies before the start of an Adult Skills Fund aim",
        employment.status_missing,
        _NOTHING,
        "it concerns funding; no employment status is told, and nothing wrong",
        since=_2024,
    ),
    Rule(
        "ESMType_02",
        "employed, and no hours band is given",
        employment.intensity_missing,
        _NOTHING,
        "no event holds the band",
    ),
    Rule(
        "ESMType_05",
        "employed, with a length of unemployment",
        employment.employed_unemployed,
        _EVENT,
        "one of the two is wrong, and both would be told",
    ),
    Rule(
        "ESMType_08",
        "looking for work, and not since when",
        employment.unemployment_missing,
        _NOTHING,
        "the status is told, and not since when",
    ),
    Rule(
        "ESMType_10",
        "not employed, with a length of employment",
        employment.unemployed_employed,
        _EVENT,
        "one of the two is wrong, and both would be told",
    ),
)


def broken_rules(learner: Learner, survey: Survey) -> Iterator[RuleFault]:
    """Yield every rule of the file's year that the learner breaks, once for each line."""
    for rule in RULES:
        if survey.header.year >= rule.since:
            for line in rule.check(learner, survey):
                sets_aside = rule.spoils is not Spoils.NOTHING
                yield RuleFault(rule.rule_id, sets_aside, learner.ordinal, line, rule.text)
