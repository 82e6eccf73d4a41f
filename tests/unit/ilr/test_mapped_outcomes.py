"""What an import makes of achievements and destinations: outcome events beside the enrolments."""

from datetime import date

import pytest

from tests.support.ilr.college import College
from tests.support.ilr.returns import MADE_2018, MADE_2025


def test_an_achieved_aim_is_a_qualification(adult: College) -> None:
    """Outcome 1 makes an outcome event beside the enrolment, dated by the end of the aim."""
    adult.aim(CompStatus="2", LearnActEndDate="2024-12-13", Outcome="1", OutGrade="PA")
    [enrolment], [outcome] = adult.events()
    progress = outcome.progress

    assert progress is not None
    assert (progress.category, progress.code) == ("QUAL", None)
    assert (progress.qualification, progress.grade) == ("60720019", "PA")
    assert progress.effective_from == date(2024, 12, 13)
    assert [one.provider_id for one in progress.contributors] == ["college-c"]
    assert outcome.participant_id == enrolment.participant_id
    assert outcome.event_id != enrolment.event_id
    assert outcome.participation.service_id == enrolment.participation.service_id
    assert outcome.identity is None


def test_the_achievement_date_counts_where_there_is_one() -> None:
    """Apprenticeships are achieved after the last day of learning."""
    college = College(MADE_2025, "APPR01")
    college.aim(CompStatus="2", LearnActEndDate="2025-09-30", Outcome="1", AchDate="2025-10-20")
    [outcome] = college.events()[1]

    assert outcome.progress is not None
    assert outcome.progress.effective_from == date(2025, 10, 20)
    assert outcome.progress.qualification is None


@pytest.mark.parametrize("outcome", ["2", "3", "8"])
def test_what_was_not_achieved_is_no_outcome(adult: College, outcome: str) -> None:
    """Partial, none and not yet known reach nothing."""
    adult.aim(CompStatus="2", LearnActEndDate="2024-12-13", Outcome=outcome)

    assert adult.events()[1] == []


@pytest.fixture
def bootcamp() -> College:
    """Give the bootcamp learner who ended, without the dates that break a rule."""
    college = College(MADE_2025, "BOOT02")
    for one in college.file.all("LearningDeliveryFAM", college.learner):
        if college.file.text(one, "LearnDelFAMType") == "EVI":
            one.getparent().remove(one)
    return college


def test_a_bootcamps_achievement_date_is_a_job_offer(bootcamp: College) -> None:
    """The one job outcome that the ILR still carries: programme aim, achievement date."""
    _, outcomes = bootcamp.events()
    said = [(one.progress.category, one.progress.code) for one in outcomes if one.progress]
    offer = next(one for one in outcomes if one.progress and one.progress.category == "EMP")

    assert said == [("EMP", "job-offer"), ("QUAL", None)]
    assert offer.progress is not None
    assert offer.progress.effective_from == date(2025, 5, 6)
    assert offer.participation.service_id == "college-c.skills-bootcamps"


def test_a_bootcamp_without_achievement_date_is_no_job_offer(bootcamp: College) -> None:
    """To complete the programme is not to be offered a job."""
    bootcamp.aim(AchDate=None)

    assert [one.progress.category for one in bootcamp.events()[1] if one.progress] == ["QUAL"]


def test_a_destination_keeps_type_code_and_dates() -> None:
    """The bus's outcome vocabulary is that of the ILR."""
    college = College(MADE_2018, "OLD01")
    said = college.file.all("DPOutcome")[0]
    for name, value in {"OutType": "EMP", "OutCode": "2", "OutEndDate": "2017-08-31"}.items():
        college.file.set(said, name, value)
    [outcome] = college.events()[1]

    assert outcome.participation.stage == "ended"
    assert outcome.progress is not None
    assert (outcome.progress.category, outcome.progress.code) == ("EMP", "2")
    assert outcome.progress.effective_from == date(2017, 5, 8)
    assert outcome.progress.effective_to == date(2017, 8, 31)
    assert outcome.progress.collected_on == date(2018, 10, 15)
