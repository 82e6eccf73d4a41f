"""What a door notes of the events that go through it."""

from deploy.operations.service_warnings import NotedReferrals
from schemas.events import ReferralStage
from schemas.identifiers import ServiceId
from tests.support.factories import make_enrolment, make_outcome, make_referral

COURSES = ServiceId("college-c.adult-skills")
JOBS = ServiceId("borough-d.jobs")


def test_a_service_is_noted_for_each_who_is_referred_there() -> None:
    """Whoever is there already, or is told about, is not referred."""
    noted = NotedReferrals()
    asked = make_referral(COURSES)
    stages = [stage for stage in ReferralStage if stage is not ReferralStage.REQUESTED]
    later = [
        asked.model_copy(
            update={"participation": asked.participation.model_copy(update={"stage": stage})}
        )
        for stage in stages
    ]

    for event in (asked, asked, make_referral(JOBS), *later, make_enrolment(), make_outcome()):
        noted.note(event)

    assert noted.by_service == {COURSES: 2, JOBS: 1}
