"""What an event says: every value in the block of its category, and nowhere else."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from producers.ilr.people import area
from producers.ilr.reader import read_return
from producers.ilr.records import Learner
from producers.ilr.services import services
from schemas.identifiers import ProviderId, is_event_id
from tests.support.ilr.college import College
from tests.support.ilr.hub import CollegeHub
from tests.support.ilr.returns import MADE_2018, MADE_2025, REPEATS_2018, Edited, in_year, made_file


def test_an_enrolment_says_which_course_and_how_far(adult: College) -> None:
    """The participation block is what the return says of the aim."""
    event = adult.enrolment()
    said = event.participation

    assert is_event_id(event.event_id)
    assert (event.provider_id, event.revision) == ("college-c", 1)
    assert said.service_id == "college-c.adult-skills-fund"
    assert (said.stage, said.aim, said.funding, said.funder) == ("started", "60720019", 38, "105")
    assert (said.started_on, said.planned_end_on) == (date(2024, 9, 2), date(2025, 12, 19))
    assert (said.ended_on, said.planned_hours, said.programme) == (None, 280, None)
    assert event.occurred_at == datetime(2024, 9, 2, tzinfo=UTC)
    assert event.recorded_at == datetime(2025, 11, 3, 9, 45, tzinfo=UTC)


def test_every_block_holds_its_own_category(adult: College) -> None:
    """Identity, contact, area, background, health and equality, each from its fields."""
    event = adult.enrolment()

    assert event.identity is not None
    assert event.identity.model_dump(exclude_none=True) == {
        "given_names": "Joana",
        "family_name": "Pereira",
        "date_of_birth": date(1991, 3, 17),
        "uln": "8700001219",
    }
    assert event.contact is not None
    assert event.contact.address == ("30 Quarry Lane",)
    assert event.contact.postcode == "CR0 2AB"
    assert event.area is not None
    assert (event.area.borough, event.area.postcode_district) == (None, "CR0")
    assert event.background is not None
    assert event.background.model_dump(exclude_none=True, exclude_defaults=True) == {
        "employment_status": 10,
        "employment_status_on": date(2019, 8, 31),
        "prior_level": 1,
    }
    assert event.health is not None
    assert (event.health.has_condition, event.health.conditions) == (1, (12,))
    assert event.health.primary_condition == 12
    assert event.equality is not None
    assert (event.equality.ethnicity, event.equality.sex) == (31, "F")
    assert (event.needs, event.justice, event.money, event.progress) == (None,) * 4
    assert (event.wellbeing, event.notes) == (None, None)


def test_the_learner_reference_stands_nowhere() -> None:
    """Not in the source, not in an id: it would name the learner to whoever sees the envelope."""
    hub = CollegeHub()
    for name in (MADE_2025, REPEATS_2018):
        hub.run(made_file(name))
        file = Edited(name)
        references = [file.text(one, "LearnRefNumber") for one in file.all("Learner")]

        assert hub.published
        for event in hub.published:
            text = event.model_dump_json().upper()
            assert [one for one in references if one.upper() in text] == []
            assert event.source is not None
            assert event.source.system == "ilr"


def test_raw_identifiers_stand_in_identity_alone() -> None:
    """With the identity block closed, no number of the learner is left."""
    college = College(MADE_2018, "OLD01")
    for event in college.events()[0]:
        assert event.identity is not None
        assert event.identity.ni_number == "JK590317A"
        rest = event.model_dump_json(exclude={"identity"})
        assert "JK590317A" not in rest
        assert "8700003815" not in rest


def test_the_temporary_uln_is_no_identifier() -> None:
    """9999999999 stands for nobody and is left out."""
    event = College(MADE_2025, "COMM01").enrolment()

    assert event.identity is not None
    assert event.identity.uln is None
    assert "9999999999" not in event.model_dump_json()


def test_an_unknown_postcode_is_nowhere() -> None:
    """ZZ99 9ZZ gives no borough, no district and no postcode to write to."""
    event = College(MADE_2018, "OLD01").enrolment()

    assert event.area is None
    assert event.contact is not None
    assert event.contact.postcode is None
    assert "ZZ99" not in event.model_dump_json()


@pytest.mark.parametrize(
    ("postcode", "district"),
    [("SE15 4ST", "SE15"), ("W1A 1AA", "W1A"), ("E1 6AN", "E1"), ("EC1A 1BB", "EC1A")],
)
def test_the_borough_is_named_by_whoever_has_the_list(postcode: str, district: str) -> None:
    """The district is the postcode's first part; the borough needs a list that is given."""
    learner = next(
        one for one in read_return(made_file(MADE_2025).stream) if isinstance(one, Learner)
    )

    found = area(replace(learner, postcode=postcode), {postcode: "Southwark"}.get)

    assert found is not None
    assert (found.borough, found.postcode_district) == ("Southwark", district)


@pytest.mark.parametrize(
    ("completion", "stage"), [("2", "completed"), ("3", "withdrawn"), ("6", "break_started")]
)
def test_an_aim_that_stopped_says_when(adult: College, completion: str, stage: str) -> None:
    """The stage follows the completion status, and the event happened on the last day."""
    adult.aim(
        CompStatus=completion,
        LearnActEndDate="2024-12-13",
        Outcome="3",
        WithdrawReason="43" if completion == "3" else None,
    )
    event = adult.enrolment()

    assert event.participation.stage == stage
    assert event.participation.ended_on == date(2024, 12, 13)
    assert event.occurred_at == datetime(2024, 12, 13, tzinfo=UTC)
    assert event.participation.reason_code == ("43" if completion == "3" else None)


def test_an_aim_taken_up_again_is_resumed(adult: College) -> None:
    """A restart (RES) of an aim that goes on."""
    adult.monitoring("RES", "1")

    assert adult.enrolment().participation.stage == "resumed"


@pytest.mark.parametrize("reason", ["3", "44"])
def test_a_reason_of_health_or_private_life_stands_in_health(adult: College, reason: str) -> None:
    """Whoever may see that somebody left need not learn that they were ill."""
    adult.aim(CompStatus="3", LearnActEndDate="2024-12-13", Outcome="3", WithdrawReason=reason)
    event = adult.enrolment()

    assert event.participation.reason_code is None
    assert event.health is not None
    assert event.health.withdrawal_reason == int(reason)


def test_a_reason_that_tells_of_custody_stands_in_justice(adult: College) -> None:
    """WithdrawReason 28 is given for learners in prison only."""
    adult.aim(CompStatus="3", LearnActEndDate="2024-12-13", Outcome="3", WithdrawReason="28")
    event = adult.enrolment()

    assert event.participation.reason_code is None
    assert event.justice is not None
    assert event.justice.has_experience is True


def test_learning_in_custody_stands_in_justice(adult: College) -> None:
    """LDM 034 tells of custody; other LDM codes are about funding and are left out."""
    adult.monitoring("LDM", "034")
    adult.monitoring("LDM", "378")
    event = adult.enrolment()

    assert event.justice is not None
    assert event.justice.codes == ("034",)
    assert "034" not in event.participation.model_dump_json()


def test_household_and_benefit_stand_in_needs_and_money(adult: College) -> None:
    """HHS goes to needs, BSI to money."""
    adult.monitoring("HHS", "3")
    adult.file.add(
        adult.file.all("LearnerEmploymentStatus", adult.learner)[0],
        "EmploymentStatusMonitoring",
        ESMType="BSI",
        ESMCode="4",
    )
    event = adult.enrolment()

    assert event.needs is not None
    assert event.needs.household == (3,)
    assert event.money is not None
    assert event.money.benefit_status == 4


def test_background_is_what_applied_when_the_aim_started(adult: College) -> None:
    """A job found during the course is not the background of the course."""
    adult.file.add(
        adult.file.add(
            adult.learner, "LearnerEmploymentStatus", EmpStat="11", DateEmpStatApp="2024-08-31"
        ),
        "EmploymentStatusMonitoring",
        ESMType="LOU",
        ESMCode="3",
    )
    later = adult.file.add(
        adult.learner, "LearnerEmploymentStatus", EmpStat="10", DateEmpStatApp="2024-10-01"
    )
    adult.file.add(later, "EmploymentStatusMonitoring", ESMType="EII", ESMCode="8")
    adult.file.add(adult.learner, "PriorAttain", PriorLevel="7", DateLevelApp="2025-01-01")
    background = adult.enrolment().background

    assert background is not None
    assert (background.employment_status, background.unemployed_for) == (11, 3)
    assert background.prior_level == 1


def test_the_two_lists_of_attainment_are_never_merged() -> None:
    """A return of 2018-19 fills prior_attain, one of 2025-26 fills prior_level."""
    old = College(MADE_2018, "OLD01")
    old.person(PriorAttain="10")
    new = College(MADE_2025, "ADULT01")
    new.file.set(new.file.all("PriorAttain", new.learner)[0], "PriorLevel", "10")
    before, after = old.enrolment().background, new.enrolment().background

    assert before is not None
    assert after is not None
    assert (before.prior_attain, before.prior_level) == (10, None)
    assert (after.prior_attain, after.prior_level) == (None, 10)


@pytest.mark.parametrize("code", ["4", "5"])
def test_whoever_must_not_be_contacted_cannot_be(code: str) -> None:
    """RUI 4 and 5, severe illness and death: the flag, and nothing to call or write to."""
    college = College(MADE_2018, "OLD01")
    college.file.add(college.learner, "ContactPreference", ContPrefType="RUI", ContPrefCode=code)
    contact = college.enrolment().contact

    assert contact is not None
    assert contact.model_dump(exclude_none=True, exclude_defaults=True) == {"do_not_contact": True}


@pytest.mark.parametrize(("type_", "code"), [("RUI", "1"), ("RUI", "6"), ("PMC", "4")])
def test_contact_wishes_of_the_ilr_are_not_consent(type_: str, code: str) -> None:
    """What a learner once told the DfE about being contacted opens and closes nothing here."""
    college = College(MADE_2018, "OLD01")
    without = college.enrolment()
    college.file.add(college.learner, "ContactPreference", ContPrefType=type_, ContPrefCode=code)
    event = college.enrolment()

    assert event.contact == without.contact


def test_gla_funding_is_carried(adult: College) -> None:
    """SOF 116 is the Greater London Authority."""
    sof = next(
        one
        for one in adult.file.all("LearningDeliveryFAM", adult.learner)
        if adult.file.text(one, "LearnDelFAMType") == "SOF"
    )
    adult.file.set(sof, "LearnDelFAMCode", "116")

    assert adult.enrolment().participation.funder == "116"


def test_every_service_of_an_import_is_listed() -> None:
    """Whoever sets up the bus can enter all of them beforehand."""
    hub = CollegeHub()
    hub.run(made_file(MADE_2025))

    used = {event.participation.service_id for event in hub.published}

    assert len(used) == 6
    assert used <= set(services(ProviderId("college-c")))
    assert services(ProviderId("college-c"))["college-c.16-to-19"] == "16 to 19"


def test_codes_that_no_list_can_have_are_left_out(adult: College) -> None:
    """The structure allows negative codes; an event does not."""
    adult.person(Ethnicity="-1", LLDDHealthProb="-2")
    event = adult.enrolment()

    assert event.equality is not None
    assert event.equality.ethnicity is None
    assert event.health is not None
    assert event.health.has_condition is None


def test_a_return_of_a_year_between_is_mapped_alike() -> None:
    """2022-23 knows the new attainment list and still has destinations."""
    college = College(MADE_2018, "OLD01")
    college.person(PriorAttain=None)
    college.file.add(college.learner, "PriorAttain", PriorLevel="7", DateLevelApp="2016-01-01")
    hub = CollegeHub()
    hub.run(in_year(college.file, "2022-23", "2223"))
    [first, *_] = hub.published

    assert first.background is not None
    assert first.background.prior_level == 7
