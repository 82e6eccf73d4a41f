"""An example event of each type: made up, on the demo's services."""

from datetime import UTC, date, datetime
from typing import Final

from schemas.blocks import Contact, Identity, Needs, Progress
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
from schemas.identifiers import EventId, PassportNumber, ProviderId, ServiceId

NOBODY: Final = PassportNumber("NWD-SAMP-1E00-9")
"""The passport number of all examples: a valid one that is never issued."""

_OCCURRED: Final = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
_RECORDED: Final = datetime(2026, 5, 4, 9, 35, tzinfo=UTC)

EXAMPLES: Final[dict[str, Event]] = {
    "referral": Referral(
        event_id=EventId("6f1f0f4e-2f0d-4a55-9d0a-000000000001"),
        participant_id=NOBODY,
        provider_id=ProviderId("borough-d"),
        occurred_at=_OCCURRED,
        recorded_at=_RECORDED,
        source=Source(system="crm", reference="case-1001"),
        participation=ReferralParticipation(
            service_id=ServiceId("college-c.adult-skills-fund"),
            programme="Skills for work",
            stage=ReferralStage.REQUESTED,
        ),
        identity=Identity(given_names="Ada", family_name="Sample", date_of_birth=date(1991, 3, 14)),
        contact=Contact(phone="020 7946 0123", safe_contact="mornings"),
        needs=Needs(goals=("work in an office",), childcare=True),
    ),
    "enrolment": Enrolment(
        event_id=EventId("6f1f0f4e-2f0d-4a55-9d0a-000000000002"),
        participant_id=NOBODY,
        provider_id=ProviderId("college-c"),
        occurred_at=_OCCURRED,
        recorded_at=_RECORDED,
        source=Source(system="records", reference="enrolment-2002"),
        participation=EnrolmentParticipation(
            service_id=ServiceId("college-c.adult-skills-fund"),
            stage=EnrolmentStage.STARTED,
            started_on=date(2026, 5, 4),
            planned_end_on=date(2026, 7, 17),
        ),
    ),
    "outcome": Outcome(
        event_id=EventId("6f1f0f4e-2f0d-4a55-9d0a-000000000003"),
        participant_id=NOBODY,
        provider_id=ProviderId("borough-d"),
        occurred_at=_OCCURRED,
        recorded_at=_RECORDED,
        source=Source(system="crm", reference="case-1001"),
        participation=OutcomeParticipation(
            service_id=ServiceId("borough-d.jobs"), stage=OutcomeStage.RECORDED
        ),
        progress=Progress(
            category="EMP", code="1", effective_from=date(2026, 6, 1), hours_per_week=24.0
        ),
    ),
}
