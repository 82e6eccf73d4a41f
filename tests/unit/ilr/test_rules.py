"""The rule book: each rule on a return as it is, and with one thing changed in it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from producers.ilr.codes import COMPLETION
from producers.ilr.reader import read_return
from producers.ilr.records import Learner
from producers.ilr.rules.table import RULES, Severity, Spoils, broken_rules
from producers.ilr.survey import survey_return
from schemas.identifiers import PassportNumber
from tests.support.ilr.facts import severities
from tests.support.ilr.returns import MADE_2018, MADE_2025, REPEATS_2018, Edited, made_file

PAGE: Final = Path(__file__).parents[3] / "docs" / "importing-returns.md"
Change = Callable[[Edited], object]


def broken(file: Edited) -> dict[str, set[str]]:
    """Return the rules that a file breaks, with the learners who break each."""
    stream = file.stream()
    survey = survey_return(stream)
    found: dict[str, set[str]] = {}
    for record in read_return(stream):
        if isinstance(record, Learner):
            for fault in broken_rules(record, survey):
                found.setdefault(fault.rule_id, set()).add(record.reference)
    return found


def aim(file: Edited, reference: str, number: int = 0, **values: str | None) -> None:
    """Change values of one aim of a learner."""
    for name, value in values.items():
        file.set(file.all("LearningDelivery", file.learner(reference))[number], name, value)


def person(file: Edited, reference: str, **values: str | None) -> None:
    """Change values of a learner."""
    for name, value in values.items():
        file.set(file.learner(reference), name, value)


def status(file: Edited, reference: str, stat: str, day: str, *monitoring: tuple[str, str]) -> None:
    """Give a learner one employment status more."""
    new = file.add(
        file.learner(reference), "LearnerEmploymentStatus", EmpStat=stat, DateEmpStatApp=day
    )
    for type_, code in monitoring:
        file.add(new, "EmploymentStatusMonitoring", ESMType=type_, ESMCode=code)


def no_status(file: Edited, reference: str) -> None:
    """Take a learner's employment statuses away."""
    learner = file.learner(reference)
    for one in file.all("LearnerEmploymentStatus", learner):
        learner.remove(one)


def condition(file: Edited, reference: str, category: str) -> None:
    """Give a learner a health category."""
    file.add(file.learner(reference), "LLDDandHealthProblem", LLDDCat=category)


def monitoring(file: Edited, reference: str, **values: str) -> None:
    """Give a learner's first aim a monitoring record."""
    file.add(
        file.all("LearningDelivery", file.learner(reference))[0], "LearningDeliveryFAM", **values
    )


BREAKING: list[tuple[str, str, Change]] = [
    ("R_06", "SIXTH01", lambda f: person(f, "SIXTH02", LearnRefNumber=" sixth01")),
    ("R_59", "SIXTH01", lambda f: person(f, "SIXTH02", ULN="8700000476")),
    ("ULN_04", "SIXTH01", lambda f: person(f, "SIXTH01", ULN="8700000477")),
    ("ULN_04", "SIXTH01", lambda f: person(f, "SIXTH01", ULN="1000000009")),
    ("NINumber_01", "SIXTH01", lambda f: person(f, "SIXTH01", NINumber="DA123456A")),
    ("NINumber_01", "SIXTH01", lambda f: person(f, "SIXTH01", NINumber="AO123456A")),
    ("NINumber_01", "SIXTH01", lambda f: person(f, "SIXTH01", NINumber="AA12345A")),
    ("NINumber_01", "SIXTH01", lambda f: person(f, "SIXTH01", NINumber="AA123456E")),
    ("NINumber_01", "SIXTH01", lambda f: person(f, "SIXTH01", NINumber="aa123456a")),
    ("DateOfBirth_04", "SIXTH01", lambda f: person(f, "SIXTH01", DateOfBirth="1910-08-01")),
    ("DateOfBirth_24", "SIXTH01", lambda f: person(f, "SIXTH01", DateOfBirth=None)),
    ("DateOfBirth_27", "SIXTH01", lambda f: person(f, "SIXTH01", DateOfBirth="2025-08-01")),
    ("Postcode_14", "SIXTH01", lambda f: person(f, "SIXTH01", Postcode="QQ1 1AA")),
    ("Postcode_15", "SIXTH01", lambda f: person(f, "SIXTH01", Postcode="SE15 4SC")),
    ("Postcode_15", "SIXTH01", lambda f: person(f, "SIXTH01", Postcode="SE154ST")),
    ("Postcode_15", "SIXTH01", lambda f: person(f, "SIXTH01", Postcode="se15 4st")),
    ("LLDDCat_02", "ADULT01", lambda f: condition(f, "ADULT01", "3")),
    ("R_07", "SIXTH01", lambda f: aim(f, "SIXTH01", 1, AimSeqNumber="1")),
    ("FundModel_01", "SIXTH01", lambda f: aim(f, "SIXTH01", FundModel="34")),
    ("CompStatus_01", "SIXTH01", lambda f: aim(f, "SIXTH01", CompStatus="4")),
    ("CompStatus_02", "SIXTH01", lambda f: aim(f, "SIXTH01", LearnActEndDate="2025-01-01")),
    ("CompStatus_03", "SIXTH01", lambda f: aim(f, "SIXTH01", 1, LearnActEndDate=None)),
    ("CompStatus_04", "SIXTH01", lambda f: aim(f, "SIXTH01", 1, Outcome=None)),
    ("CompStatus_05", "SIXTH01", lambda f: aim(f, "SIXTH01", Outcome="3")),
    ("CompStatus_06", "SIXTH01", lambda f: aim(f, "SIXTH01", 1, Outcome="1")),
    ("CompStatus_06", "SIXTH01", lambda f: aim(f, "SIXTH01", 1, Outcome="8")),
    (
        "CompStatus_06",
        "SIXTH01",
        lambda f: aim(f, "SIXTH01", 1, CompStatus="6", WithdrawReason=None, Outcome="1"),
    ),
    ("Outcome_01", "SIXTH01", lambda f: aim(f, "SIXTH01", 1, Outcome="4")),
    ("Outcome_11", "SIXTH01", lambda f: aim(f, "SIXTH01", 1, LearnActEndDate=None)),
    ("Outcome_12", "SIXTH01", lambda f: aim(f, "SIXTH01", LearnActEndDate="2025-01-01")),
    ("WithdrawReason_03", "SIXTH01", lambda f: aim(f, "SIXTH01", 1, WithdrawReason=None)),
    ("WithdrawReason_04", "SIXTH01", lambda f: aim(f, "SIXTH01", WithdrawReason="3")),
    ("LearnActEndDate_01", "SIXTH01", lambda f: aim(f, "SIXTH01", 1, LearnActEndDate="2020-01-01")),
    ("LearnPlanEndDate_02", "SIXTH01", lambda f: aim(f, "SIXTH01", LearnPlanEndDate="2020-01-01")),
    ("AchDate_03", "BOOT02", lambda f: aim(f, "BOOT02", AchDate="2020-01-01")),
    ("LearnStartDate_05", "SIXTH01", lambda f: aim(f, "SIXTH01", LearnStartDate="1990-01-01")),
    ("SWSupAimId_01", "SIXTH01", lambda f: aim(f, "SIXTH01", SWSupAimId="42")),
    (
        "LearnDelFAMDateFrom_06",
        "BOOT01",
        lambda f: monitoring(
            f,
            "BOOT01",
            LearnDelFAMType="EVI",
            LearnDelFAMCode="4",
            LearnDelFAMDateFrom="2025-07-31",
        ),
    ),
    ("R_43", "SIXTH02", lambda f: status(f, "SIXTH02", "12", "2023-05-13")),
    ("R_97", "SIXTH02", lambda f: status(f, "SIXTH02", "10", "2024-01-01", ("EII", "7"))),
    ("EmpStat_21", "METRO01", lambda f: no_status(f, "METRO01")),
    ("ESMType_02", "SIXTH02", lambda f: status(f, "SIXTH02", "10", "2024-01-01")),
    (
        "ESMType_05",
        "SIXTH02",
        lambda f: status(f, "SIXTH02", "10", "2024-01-01", ("EII", "5"), ("LOU", "1")),
    ),
    ("ESMType_08", "OTHER01", lambda f: status(f, "OTHER01", "11", "2020-01-01")),
    (
        "ESMType_10",
        "OTHER01",
        lambda f: status(f, "OTHER01", "12", "2020-01-01", ("LOE", "1")),
    ),
]

KEEPING: list[tuple[str, Change]] = [
    ("R_59", lambda f: person(f, "SIXTH02", ULN="9999999999")),
    ("ULN_04", lambda f: person(f, "SIXTH01", ULN="9999999999")),
    ("ULN_04", lambda f: person(f, "SIXTH01", ULN="1000000000")),
    ("NINumber_01", lambda f: person(f, "SIXTH01", NINumber="AA123456 ")),
    ("DateOfBirth_04", lambda f: person(f, "SIXTH01", DateOfBirth="1910-08-02")),
    ("DateOfBirth_24", lambda f: person(f, "COMM01", DateOfBirth=None)),
    ("DateOfBirth_27", lambda f: person(f, "SIXTH01", DateOfBirth="2025-07-31")),
    ("Postcode_14", lambda f: person(f, "SIXTH01", Postcode="ZZ99 9ZZ")),
    ("Postcode_15", lambda f: person(f, "SIXTH01", Postcode="ZZ99 9ZZ")),
    ("Postcode_15", lambda f: person(f, "SIXTH01", Postcode="W1A 1AA")),
    ("LLDDCat_02", lambda f: condition(f, "ADULT01", "15")),
    ("CompStatus_02", lambda f: aim(f, "APPR01", LearnActEndDate="2025-10-01")),
    ("CompStatus_05", lambda f: aim(f, "APPR01", Outcome="8")),
    ("CompStatus_05", lambda f: aim(f, "BOOT01", Outcome="1")),
    ("Outcome_11", lambda f: aim(f, "BOOT01", Outcome="1")),
    ("CompStatus_06", lambda f: aim(f, "BOOT02", CompStatus="3", WithdrawReason="98")),
    ("WithdrawReason_03", lambda f: aim(f, "SIXTH01", 1, WithdrawReason="3")),
    (
        "LearnDelFAMDateFrom_06",
        lambda f: monitoring(
            f,
            "BOOT01",
            LearnDelFAMType="EVI",
            LearnDelFAMCode="4",
            LearnDelFAMDateFrom="2025-08-01",
        ),
    ),
    ("R_97", lambda f: status(f, "SIXTH02", "10", "2024-01-01", ("EII", "8"))),
    ("EmpStat_21", lambda f: person(f, "METRO01", DateOfBirth="2005-09-01")),
    ("ESMType_02", lambda f: status(f, "SIXTH02", "10", "2012-07-31")),
    ("ESMType_08", lambda f: status(f, "BOOT01", "11", "2024-07-01")),
    ("ESMType_08", lambda f: status(f, "OTHER01", "11", "2020-01-01", ("LOU", "1"))),
    ("ESMType_10", lambda f: status(f, "OTHER01", "11", "2020-01-01", ("LOU", "1"))),
]


@pytest.mark.parametrize(
    ("rule", "who", "change"), BREAKING, ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_broken_rule_is_found_with_its_learner(
    rule: str, who: PassportNumber, change: Change
) -> None:
    """The rule is kept by the learner of the return, and broken after the change."""
    file = Edited(MADE_2025)
    before = broken(file)
    change(file)

    assert who not in before.get(rule, set())
    assert who in broken(file)[rule]


@pytest.mark.parametrize(("rule", "change"), KEEPING, ids=lambda v: v if isinstance(v, str) else "")
def test_what_a_rule_allows_is_let_through(rule: str, change: Change) -> None:
    """Changes at the edge of a rule, and those it makes an exception for, do not break it."""
    file = Edited(MADE_2025)
    before = broken(file).get(rule, set())
    if rule == "EmpStat_21":
        no_status(file, "METRO01")
    change(file)

    assert broken(file).get(rule, set()) - before == set()


def test_every_rule_of_the_table_has_a_breaking_change() -> None:
    """No rule of the table goes untested."""
    assert {rule.rule_id for rule in RULES} == {rule for rule, _, _ in BREAKING}


def test_rules_and_severities_are_those_of_the_rule_book() -> None:
    """Each rule id stands in the DfE's book, with the severity given there."""
    assert {rule.rule_id: rule.severity for rule in RULES} == severities()


def test_the_page_lists_what_is_a_warning_and_what_sets_aside() -> None:
    """Each rule stands in its table of the docs, with the reason that the code gives."""
    rows = re.findall(r"^\| `([A-Z]\w+)` \| .+ \| (.+) \|$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert rows == [
        (rule.rule_id, rule.why)
        for spoils in (Spoils.NOTHING, Spoils.PERSON, Spoils.EVENT)
        for rule in RULES
        if rule.spoils is spoils
    ]


def test_what_the_book_calls_a_warning_sets_nobody_aside() -> None:
    """The bus is never stricter than the book."""
    for rule in RULES:
        assert rule.severity is Severity.ERROR or rule.spoils is Spoils.NOTHING


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            MADE_2025,
            {
                "R_59": {"TWIN01", "TWIN02"},
                "R_07": {"TWIN01"},
                "ULN_04": {"CHECK01"},
                "LearnDelFAMDateFrom_06": {"BOOT02"},
            },
        ),
        (MADE_2018, {}),
        (REPEATS_2018, {"R_06": {"TWICE01"}, "R_59": {"SHARE01", "SHARE02"}}),
    ],
)
def test_a_return_breaks_the_rules_of_its_traps_and_no_other(
    name: str, expected: dict[str, set[str]]
) -> None:
    """What stands on two learners sets both aside, and nobody else."""
    assert broken(Edited(name)) == expected


def test_a_rule_that_is_new_is_not_applied_to_earlier_years() -> None:
    """Outcome_12 came with 2025-26: in a return of 2018-19 only the older rules speak."""
    file = Edited(REPEATS_2018)
    aim(file, "SINGLE01", LearnActEndDate="2018-01-01", CompStatus="2")

    assert "Outcome_12" not in broken(file)
    assert "SINGLE01" in broken(file)["CompStatus_04"]


def test_an_ended_health_category_counts_from_the_first_start() -> None:
    """Asperger's syndrome ended on 31 July 2025: a start in August breaks the rule."""
    file = Edited(MADE_2025)
    condition(file, "ADULT01", "15")
    aim(file, "ADULT01", LearnStartDate="2025-08-01")
    late = broken(file)
    aim(file, "ADULT01", LearnStartDate="2025-07-31")

    assert late["LLDDCat_02"] == {"ADULT01"}
    assert "LLDDCat_02" not in broken(file)


def test_a_message_names_rule_learner_and_line_and_no_value() -> None:
    """What is shown to the college says where to look, not what stands there."""
    stream = made_file(MADE_2025).stream
    survey = survey_return(stream)
    faults = [
        fault
        for record in read_return(stream)
        if isinstance(record, Learner)
        for fault in broken_rules(record, survey)
    ]

    assert "ULN_04: learner 13, line 500: the ULN fails its check digit" in map(str, faults)
    assert not any("8700003441" in str(fault) or "Mbeki" in str(fault) for fault in faults)


def test_all_completion_statuses_are_known_to_the_rules() -> None:
    """No rule about stopped aims misses the break in learning."""
    for completion in COMPLETION:
        file = Edited(MADE_2025)
        aim(file, "SIXTH01", CompStatus=str(completion))

        assert ("SIXTH01" in broken(file).get("CompStatus_03", set())) == (completion != 1)
