"""The rule book: each rule on the DfE's sample as it is, and with one thing changed in it."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from producers.ilr.codes import COMPLETION
from producers.ilr.reader import read_return
from producers.ilr.records import Learner
from producers.ilr.rules.table import RULES, Severity, broken_rules
from producers.ilr.survey import survey_return
from tests.ilr_returns import SAMPLE_2025, SHARED_ULN_2018, TEN_2018, TWO_2018, Edited, real_file

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
    ("R_06", "16LEARNER", lambda f: person(f, "18Learner", LearnRefNumber=" 16learner")),
    ("R_59", "16LEARNER", lambda f: person(f, "18Learner", ULN="1061484016")),
    ("ULN_04", "16LEARNER", lambda f: person(f, "16Learner", ULN="1061484017")),
    ("ULN_04", "16LEARNER", lambda f: person(f, "16Learner", ULN="1000000009")),
    ("NINumber_01", "16LEARNER", lambda f: person(f, "16Learner", NINumber="DA123456A")),
    ("NINumber_01", "16LEARNER", lambda f: person(f, "16Learner", NINumber="AO123456A")),
    ("NINumber_01", "16LEARNER", lambda f: person(f, "16Learner", NINumber="AA12345A")),
    ("NINumber_01", "16LEARNER", lambda f: person(f, "16Learner", NINumber="AA123456E")),
    ("NINumber_01", "16LEARNER", lambda f: person(f, "16Learner", NINumber="aa123456a")),
    ("DateOfBirth_04", "16LEARNER", lambda f: person(f, "16Learner", DateOfBirth="1910-08-01")),
    ("DateOfBirth_24", "16LEARNER", lambda f: person(f, "16Learner", DateOfBirth=None)),
    ("DateOfBirth_27", "16LEARNER", lambda f: person(f, "16Learner", DateOfBirth="2025-08-01")),
    ("Postcode_14", "16LEARNER", lambda f: person(f, "16Learner", Postcode="QQ1 1AA")),
    ("Postcode_15", "16LEARNER", lambda f: person(f, "16Learner", Postcode="SE15 4SC")),
    ("Postcode_15", "16LEARNER", lambda f: person(f, "16Learner", Postcode="SE154ST")),
    ("Postcode_15", "16LEARNER", lambda f: person(f, "16Learner", Postcode="se15 4st")),
    ("LLDDCat_02", "ADULTLEARNER", lambda f: condition(f, "AdultLearner", "3")),
    ("R_07", "16LEARNER", lambda f: aim(f, "16Learner", 1, AimSeqNumber="1")),
    ("FundModel_01", "16LEARNER", lambda f: aim(f, "16Learner", FundModel="34")),
    ("CompStatus_01", "16LEARNER", lambda f: aim(f, "16Learner", CompStatus="4")),
    ("CompStatus_02", "16LEARNER", lambda f: aim(f, "16Learner", LearnActEndDate="2025-01-01")),
    ("CompStatus_03", "16LEARNER", lambda f: aim(f, "16Learner", 1, LearnActEndDate=None)),
    ("CompStatus_04", "16LEARNER", lambda f: aim(f, "16Learner", 1, Outcome=None)),
    ("CompStatus_05", "16LEARNER", lambda f: aim(f, "16Learner", Outcome="3")),
    ("CompStatus_06", "16LEARNER", lambda f: aim(f, "16Learner", 1, Outcome="1")),
    ("CompStatus_06", "16LEARNER", lambda f: aim(f, "16Learner", 1, Outcome="8")),
    ("Outcome_01", "16LEARNER", lambda f: aim(f, "16Learner", 1, Outcome="4")),
    ("Outcome_11", "16LEARNER", lambda f: aim(f, "16Learner", 1, LearnActEndDate=None)),
    ("Outcome_12", "16LEARNER", lambda f: aim(f, "16Learner", LearnActEndDate="2025-01-01")),
    ("WithdrawReason_03", "16LEARNER", lambda f: aim(f, "16Learner", 1, WithdrawReason=None)),
    ("WithdrawReason_04", "16LEARNER", lambda f: aim(f, "16Learner", WithdrawReason="3")),
    ("SWSupAimId_01", "16LEARNER", lambda f: aim(f, "16Learner", SWSupAimId="42")),
    (
        "LearnDelFAMDateFrom_06",
        "SBLEARNER",
        lambda f: monitoring(
            f,
            "SBLearner",
            LearnDelFAMType="EVI",
            LearnDelFAMCode="4",
            LearnDelFAMDateFrom="2025-07-31",
        ),
    ),
    ("R_43", "18LEARNER", lambda f: status(f, "18Learner", "12", "2023-05-13")),
    ("R_97", "18LEARNER", lambda f: status(f, "18Learner", "10", "2024-01-01", ("EII", "7"))),
    ("EmpStat_21", "MCALEARNER", lambda f: no_status(f, "MCALearner")),
    ("ESMType_02", "18LEARNER", lambda f: status(f, "18Learner", "10", "2024-01-01")),
    (
        "ESMType_05",
        "18LEARNER",
        lambda f: status(f, "18Learner", "10", "2024-01-01", ("EII", "5"), ("LOU", "1")),
    ),
    ("ESMType_08", "OTHERADULT", lambda f: status(f, "OtherAdult", "11", "2020-01-01")),
    (
        "ESMType_10",
        "OTHERADULT",
        lambda f: status(f, "OtherAdult", "12", "2020-01-01", ("LOE", "1")),
    ),
]

KEEPING: list[tuple[str, Change]] = [
    ("R_59", lambda f: person(f, "18Learner", ULN="9999999999")),
    ("ULN_04", lambda f: person(f, "16Learner", ULN="9999999999")),
    ("ULN_04", lambda f: person(f, "16Learner", ULN="1000000000")),
    ("NINumber_01", lambda f: person(f, "16Learner", NINumber="AA123456 ")),
    ("DateOfBirth_04", lambda f: person(f, "16Learner", DateOfBirth="1910-08-02")),
    ("DateOfBirth_24", lambda f: person(f, "CLLearner", DateOfBirth=None)),
    ("DateOfBirth_27", lambda f: person(f, "16Learner", DateOfBirth="2025-07-31")),
    ("Postcode_14", lambda f: person(f, "16Learner", Postcode="ZZ99 9ZZ")),
    ("Postcode_15", lambda f: person(f, "16Learner", Postcode="ZZ99 9ZZ")),
    ("Postcode_15", lambda f: person(f, "16Learner", Postcode="W1A 1AA")),
    ("LLDDCat_02", lambda f: condition(f, "AdultLearner", "15")),
    ("CompStatus_02", lambda f: aim(f, "Levy", 1, LearnActEndDate="2025-01-01")),
    ("CompStatus_05", lambda f: aim(f, "Levy", 1, Outcome="8")),
    ("CompStatus_05", lambda f: aim(f, "SBLearner", Outcome="1")),
    ("Outcome_11", lambda f: aim(f, "SBLearner", Outcome="1")),
    ("CompStatus_06", lambda f: aim(f, "SBLearnerEV", CompStatus="3", WithdrawReason="98")),
    ("WithdrawReason_03", lambda f: aim(f, "16Learner", 1, WithdrawReason="3")),
    (
        "LearnDelFAMDateFrom_06",
        lambda f: monitoring(
            f,
            "SBLearner",
            LearnDelFAMType="EVI",
            LearnDelFAMCode="4",
            LearnDelFAMDateFrom="2025-08-01",
        ),
    ),
    ("R_97", lambda f: status(f, "18Learner", "10", "2024-01-01", ("EII", "8"))),
    ("EmpStat_21", lambda f: person(f, "MCALearner", DateOfBirth="2002-09-01")),
    ("ESMType_02", lambda f: status(f, "18Learner", "10", "2012-07-31")),
    ("ESMType_08", lambda f: status(f, "SBLearner", "11", "2024-07-01")),
    ("ESMType_08", lambda f: status(f, "OtherAdult", "11", "2020-01-01", ("LOU", "1"))),
    ("ESMType_10", lambda f: status(f, "OtherAdult", "11", "2020-01-01", ("LOU", "1"))),
]


@pytest.mark.parametrize(
    ("rule", "who", "change"), BREAKING, ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_broken_rule_is_found_with_its_learner(
    shared_data: Path, rule: str, who: str, change: Change
) -> None:
    """The rule is kept by the learner of the sample, and broken after the change."""
    file = Edited(shared_data, SAMPLE_2025)
    before = broken(file)
    change(file)

    assert who not in before.get(rule, set())
    assert who in broken(file)[rule]


@pytest.mark.parametrize(("rule", "change"), KEEPING, ids=lambda v: v if isinstance(v, str) else "")
def test_what_a_rule_allows_is_let_through(shared_data: Path, rule: str, change: Change) -> None:
    """Changes at the edge of a rule, and those it makes an exception for, do not break it."""
    file = Edited(shared_data, SAMPLE_2025)
    before = broken(file).get(rule, set())
    if rule == "EmpStat_21":
        no_status(file, "MCALearner")
    change(file)

    assert broken(file).get(rule, set()) - before == set()


def test_every_rule_of_the_table_has_a_breaking_change() -> None:
    """No rule of the table goes untested."""
    assert {rule.rule_id for rule in RULES} == {rule for rule, _, _ in BREAKING}


def test_rules_and_severities_are_those_of_the_rule_book(shared_data: Path) -> None:
    """Each rule id stands in the DfE's book, with the severity given there."""
    with (shared_data / "ilr" / "ILR-2025-26-validation-rules.csv").open(
        encoding="utf-8-sig", newline=""
    ) as book:
        severities = {row["Name"].strip(): row["Severity"].strip() for row in csv.DictReader(book)}

    assert [
        rule.rule_id for rule in RULES if severities.get(rule.rule_id, "").lower() != rule.severity
    ] == []


def test_the_sample_of_2025_breaks_four_rules(shared_data: Path) -> None:
    """A ULN on two people, one with a wrong check digit, early event dates, a number twice."""
    assert broken(Edited(shared_data, SAMPLE_2025)) == {
        "R_59": {"ASLEARNER", "MCALEARNER"},
        "R_07": {"ASLEARNER"},
        "ULN_04": {"ASFLEARNER"},
        "LearnDelFAMDateFrom_06": {"SBLEARNEREV"},
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (TEN_2018, {"R_06": {"0DOB25"}}),
        (TWO_2018, {}),
        (SHARED_ULN_2018, {"R_59": {"16V224", "22V237"}}),
    ],
)
def test_the_returns_of_2018_break_what_their_repeats_break(
    shared_data: Path, name: str, expected: dict[str, set[str]]
) -> None:
    """A reference or a ULN that stands on two learners sets both aside, and nobody else."""
    assert broken(Edited(shared_data, name)) == expected


def test_a_rule_that_is_new_is_not_applied_to_earlier_years(shared_data: Path) -> None:
    """Outcome_12 came with 2025-26: in a return of 2018-19 only the older rules speak."""
    file = Edited(shared_data, TEN_2018)
    aim(file, "0DOB24", LearnActEndDate="2018-01-01", CompStatus="2")

    assert "Outcome_12" not in broken(file)
    assert "0DOB24" in broken(file)["CompStatus_04"]


def test_an_ended_health_category_counts_from_the_first_start(shared_data: Path) -> None:
    """Asperger's syndrome ended on 31 July 2025: a start in August breaks the rule."""
    file = Edited(shared_data, SAMPLE_2025)
    condition(file, "AdultLearner", "15")
    aim(file, "AdultLearner", LearnStartDate="2025-08-01")
    late = broken(file)
    aim(file, "AdultLearner", LearnStartDate="2025-07-31")

    assert late["LLDDCat_02"] == {"ADULTLEARNER"}
    assert "LLDDCat_02" not in broken(file)


def test_a_message_names_rule_learner_and_line_and_no_value(shared_data: Path) -> None:
    """What is shown to the college says where to look, not what stands there."""
    stream = real_file(shared_data, SAMPLE_2025).stream
    survey = survey_return(stream)
    faults = [
        fault
        for record in read_return(stream)
        if isinstance(record, Learner)
        for fault in broken_rules(record, survey)
    ]

    assert "ULN_04: learner 17, line 1359: the ULN fails its check digit" in map(str, faults)
    assert all(fault.severity is Severity.ERROR for fault in faults)
    assert not any("1061484935" in str(fault) or "Smith" in str(fault) for fault in faults)


def test_all_completion_statuses_are_known_to_the_rules(shared_data: Path) -> None:
    """No rule about stopped aims misses the break in learning."""
    for completion in COMPLETION:
        file = Edited(shared_data, SAMPLE_2025)
        aim(file, "16Learner", CompStatus=str(completion))

        assert ("16LEARNER" in broken(file).get("CompStatus_03", set())) == (completion != 1)
