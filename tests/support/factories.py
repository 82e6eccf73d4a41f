"""Events with full, valid, made-up values, so that a test states only what matters to it."""

import uuid
from datetime import UTC, date, datetime
from typing import Any

from schemas.blocks import (
    Answer,
    Area,
    Background,
    Contact,
    Contributor,
    Equality,
    GoalScore,
    Health,
    Identity,
    Justice,
    Money,
    Needs,
    Notes,
    Progress,
    Qualification,
    Wellbeing,
)
from schemas.choices import (
    AsWanted,
    Companion,
    Comparability,
    EmployerAccreditation,
    MeetingMode,
    ReferralRoute,
)
from schemas.events import (
    Enrolment,
    EnrolmentParticipation,
    EnrolmentStage,
    Event,
    Outcome,
    OutcomeParticipation,
    OutcomeStage,
    Referral,
    ReferralParticipation,
    ReferralStage,
    Source,
)
from schemas.identifiers import PassportNumber, ServiceId, new_passport_number, new_referral_ref
from schemas.priority_groups import (
    BackgroundGroup,
    EqualityGroup,
    HealthGroup,
    JusticeGroup,
    NeedsGroup,
)


def full_blocks() -> dict[str, Any]:
    """Return every block but participation, each with something in it."""
    return {
        "identity": Identity(
            given_names="Ada",
            family_name="Nwosu",
            date_of_birth=date(1991, 3, 14),
            uln="1234567899",
            ni_number="AB123456C",
            preferred_name="Addie",
            name_said="WO-soo",
            title="Ms",
            pronouns="she, her",
        ),
        "contact": Contact(
            phone="020 7946 0123",
            email="ada@example.org",
            address=("1 Sample Street", "Flat 2"),
            postcode="SE1 1AA",
            safe_contact="mornings only",
            language="en",
            interpreter=False,
        ),
        "area": Area(borough="Southwark", postcode_district="SE1"),
        "background": Background(
            employment_status=11,
            employment_status_on=date(2026, 1, 5),
            unemployed_for=3,
            skills=("spreadsheets",),
            qualifications=(
                Qualification(
                    title="National Diploma",
                    country="NG",
                    comparability=Comparability.STATED,
                    comparable_to="level 4",
                ),
            ),
            courses_tried=("bookkeeping, left after a month",),
            priority_groups=(BackgroundGroup.CARE_LEAVER,),
        ),
        "needs": Needs(
            goals=("office work",),
            childcare=True,
            hours_wanted=21.5,
            preferred_work=("office work",),
            excluded_work=("cleaning",),
            preferred_organisations=("women's centres",),
            excluded_organisations=("faith groups",),
            choose_elsewhere=("the high street",),
            goal_scores=(GoalScore(goal="speak up", score_at_start=2.0, lowest=1.0, highest=5.0),),
            adjustments_in_own_words="I need a quiet room.",
            priority_groups=(NeedsGroup.LONE_PARENT,),
        ),
        "health": Health(
            has_condition=1,
            conditions=(9,),
            primary_condition=9,
            priority_groups=(HealthGroup.DISABLED,),
        ),
        "equality": Equality(ethnicity=44, sex="F", priority_groups=(EqualityGroup.REFUGEE,)),
        "justice": Justice(
            has_experience=True, codes=("034",), priority_groups=(JusticeGroup.PRISON_LEAVER,)
        ),
        "money": Money(benefit_status=4, benefits=("Universal Credit",)),
        "progress": Progress(
            category="EMP",
            code="1",
            effective_from=date(2026, 6, 1),
            hours_per_week=24.0,
            employer="Sample Ltd",
            contributors=(Contributor(provider_id="borough-d", role="job brokerage"),),
            sector="J",
            occupation="4",
            employer_accreditations=(EmployerAccreditation.LIVING_WAGE,),
            wanted_sector="J",
            wanted_occupation="4131",
            as_wanted=AsWanted.PARTLY,
        ),
        "wellbeing": Wellbeing(
            answers=(
                Answer(
                    instrument="ons-4",
                    item="satisfaction",
                    score=7.0,
                    scale_min=0.0,
                    scale_max=10.0,
                    wave=4,
                ),
            )
        ),
        "notes": Notes(text="Prefers the ground floor."),
    }


def envelope(**changes: Any) -> dict[str, Any]:
    """Return the envelope's fields for a person and an event nobody else has."""
    provider_id = changes.get("provider_id", "college-c")
    return {
        "event_id": str(uuid.uuid4()),
        "participant_id": new_passport_number(),
        "provider_id": provider_id,
        "revision": 1,
        "occurred_at": datetime(2026, 5, 4, 9, 30, tzinfo=UTC),
        "recorded_at": datetime(2026, 5, 4, 9, 31, tzinfo=UTC),
        "source": Source(system="crm", reference="case-1"),
        "referral_ref": new_referral_ref(),
    } | changes


def make_referral(
    service_id: ServiceId = ServiceId("college-c.adult-skills"), **changes: Any
) -> Referral:
    """Return a referral with all blocks filled."""
    participation = ReferralParticipation(
        service_id=service_id,
        programme="Skills for work",
        stage=ReferralStage.REQUESTED,
        route=ReferralRoute.NAVIGATOR,
        meeting_with="Grace",
        meeting_with_role="course adviser",
        meeting_mode=MeetingMode.IN_PERSON,
        accompanied_by=Companion.NAVIGATOR,
    )
    return Referral(**({"participation": participation} | full_blocks() | envelope(**changes)))


def make_enrolment(
    service_id: ServiceId = ServiceId("college-c.adult-skills"),
    stage: EnrolmentStage = EnrolmentStage.STARTED,
    **changes: Any,
) -> Enrolment:
    """Return an enrolment with all blocks filled."""
    participation = EnrolmentParticipation(
        service_id=service_id, stage=stage, aim="60149735", started_on=date(2026, 5, 1)
    )
    return Enrolment(**({"participation": participation} | full_blocks() | envelope(**changes)))


def make_outcome(service_id: ServiceId = ServiceId("borough-d.jobs"), **changes: Any) -> Outcome:
    """Return an outcome with all blocks filled."""
    participation = OutcomeParticipation(service_id=service_id, stage=OutcomeStage.RECORDED)
    return Outcome(**({"participation": participation} | full_blocks() | envelope(**changes)))


def make_events(participant_id: PassportNumber) -> list[Event]:
    """Return one event of each type for a participant, from three providers."""
    return [
        make_referral(participant_id=participant_id, provider_id="borough-d"),
        make_enrolment(participant_id=participant_id, provider_id="college-c"),
        make_outcome(participant_id=participant_id, provider_id="charity-b"),
    ]
