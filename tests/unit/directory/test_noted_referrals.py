"""What a door notes of the events that go through it."""

import pytest

from deploy.operations.service_warnings import NotedReferrals, NotingPublisher
from schemas.errors import MalformedError
from schemas.events import Event, ReferralStage
from schemas.identifiers import ServiceId
from tests.support.factories import make_enrolment, make_outcome, make_referral

COURSES = ServiceId("college-c.adult-skills")
JOBS = ServiceId("borough-d.jobs")


class Refusing:
    """A publisher that takes nothing."""

    def publish(self, event: Event) -> object:
        """Refuse an event."""
        raise MalformedError(f"{event.provider_id} sends too much.")

    def flush(self) -> None:
        """Wait for nothing."""


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


def test_what_is_not_published_is_not_noted() -> None:
    """Nobody is warned of a referral that never went."""
    noted = NotedReferrals()

    with pytest.raises(MalformedError):
        NotingPublisher(Refusing(), noted).publish(make_referral(COURSES))

    assert not noted.by_service
