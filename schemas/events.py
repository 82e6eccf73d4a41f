"""The three events: an envelope, then one nullable block for each data category.

They mirror `avro/*.avsc`; a test holds the two together. Providers and importers build these
models; the filter works on the bytes.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, Field

from schemas.blocks import (
    Area,
    Background,
    Block,
    Code,
    Contact,
    Equality,
    Health,
    Identity,
    Justice,
    Line,
    Money,
    Needs,
    Notes,
    Progress,
    Wellbeing,
    Word,
)
from schemas.identifiers import (
    EventId,
    PassportNumber,
    ProviderId,
    ServiceId,
    is_event_id,
    is_passport_number,
    is_provider_id,
    is_referral_ref,
    is_service_id,
)


def _event_id(text: str) -> str:
    if not is_event_id(text):
        raise ValueError("an event id is a UUID in lower case")
    return text


def _participant_id(text: str) -> str:
    if not is_passport_number(text):
        raise ValueError("a participant id is a passport number, NWD-XXXX-XXXX-C")
    return text


def _provider_id(text: str) -> str:
    if not is_provider_id(text):
        raise ValueError("a provider id has lower-case letters, digits and single hyphens")
    return text


def _service_id(text: str) -> str:
    if not is_service_id(text):
        raise ValueError("a service id is a provider, a dot and a service, in lower case")
    return text


def _referral_ref(text: str) -> str:
    if not is_referral_ref(text):
        raise ValueError("a referral reference is R, 9 characters and a check character")
    return text


def _whole_milliseconds(moment: datetime) -> datetime:
    """Cut what Avro's timestamp-millis cannot carry, so that what is read equals what was built."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


CheckedEventId = Annotated[EventId, AfterValidator(_event_id)]
CheckedPassportNumber = Annotated[PassportNumber, AfterValidator(_participant_id)]
CheckedProviderId = Annotated[ProviderId, AfterValidator(_provider_id)]
ReferralRef = Annotated[str, AfterValidator(_referral_ref)]
Moment = Annotated[AwareDatetime, AfterValidator(_whole_milliseconds)]
CheckedServiceId = Annotated[ServiceId, AfterValidator(_service_id)]
Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:/-]{1,80}$")]


class ReferralStage(StrEnum):
    """How far a referral has come. `unspecified` is what an older reader makes of a newer stage."""

    UNSPECIFIED = "unspecified"
    REQUESTED = "requested"
    ACKNOWLEDGED = "acknowledged"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CONTACT_ATTENDED = "contact_attended"
    CONTACT_MISSED = "contact_missed"
    CLOSED = "closed"


class EnrolmentStage(StrEnum):
    """How far an enrolment has come."""

    UNSPECIFIED = "unspecified"
    STARTED = "started"
    BREAK_STARTED = "break_started"
    RESUMED = "resumed"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"


class OutcomeStage(StrEnum):
    """What is said of an outcome."""

    UNSPECIFIED = "unspecified"
    RECORDED = "recorded"
    SUSTAINED = "sustained"
    ENDED = "ended"
    CORRECTED = "corrected"
    DISPUTED = "disputed"


class Participation(Block):
    """Which service: its use alone is personal data, so this block is the gate to all others.

    `service_id` comes first in every event: the filter reads it from the bytes.
    """

    service_id: CheckedServiceId = Field(description="The service, <provider>.<service>")
    programme: Line | None = Field(None, description="Programme the service is part of")


class ReferralParticipation(Participation):
    """Which service somebody is referred to, and how far that is."""

    stage: ReferralStage = Field(description="How far the referral has come")
    reason_code: Word | None = Field(
        None, description="Why declined, withdrawn or missed: a code, never free text"
    )
    is_mandatory: bool | None = Field(None, description="Taking part is a condition of a benefit")
    appointment_at: Moment | None = Field(None, description="First appointment")
    appointment_place: Line | None = Field(None, description="Where the appointment is")


class EnrolmentParticipation(Participation):
    """Which course or programme somebody takes part in, and how far that is."""

    stage: EnrolmentStage = Field(description="How far the enrolment has come")
    aim: Word | None = Field(None, description="Learning aim, ILR LearnAimRef")
    funding: Code | None = Field(None, description="ILR FundModel")
    funder: Word | None = Field(None, description="ILR SOF; 116 is the Greater London Authority")
    started_on: date | None = Field(None, description="First day")
    planned_end_on: date | None = Field(None, description="Planned last day")
    ended_on: date | None = Field(None, description="Last day, once it has ended")
    planned_hours: Code | None = Field(None, description="Planned learning hours")
    reason_code: Word | None = Field(
        None,
        description="ILR WithdrawReason; 3 and 44 speak of health or private life and stand there",
    )


class OutcomeParticipation(Participation):
    """Which service reports an outcome."""

    stage: OutcomeStage = Field(description="What is said of the outcome")
    sustained_weeks: Code | None = Field(None, description="Weeks for which it has lasted")


class Source(Block):
    """Where a provider keeps the original."""

    system: Reference = Field(description="The provider's system, such as ilr or crm")
    reference: Reference = Field(
        description="Its own reference there; never a learner reference or another identifier"
    )


class Event(Block):
    """The envelope, never personal beyond the pseudonym, and the blocks in category order.

    A provider always fills `participation`; in Avro it may be null like every other block.
    """

    event_id: CheckedEventId = Field(description="UUID; the same for each revision of one event")
    participant_id: CheckedPassportNumber = Field(
        description="Passport number, or a tray's own pseudonym"
    )
    provider_id: CheckedProviderId = Field(description="The provider that publishes it")
    revision: Annotated[int, Field(ge=1, le=2_000_000_000)] = Field(
        1, description="A higher revision replaces a lower one; 0 in out-trays"
    )
    occurred_at: Moment = Field(description="When it happened, by the provider's clock")
    recorded_at: Moment = Field(description="When the provider recorded it; 1970 in out-trays")
    source: Source | None = Field(None, description="Where the original is kept")
    referral_ref: ReferralRef | None = Field(None, description="The referral it belongs to")
    participation: Participation = Field(description="Which service, and how far")
    identity: Identity | None = Field(None, description="Who the person is")
    contact: Contact | None = Field(None, description="How to reach the person")
    area: Area | None = Field(None, description="Where the person lives, roughly")
    background: Background | None = Field(None, description="Work and learning before")
    needs: Needs | None = Field(None, description="What the person wants and needs")
    health: Health | None = Field(None, description="Health and disability")
    equality: Equality | None = Field(None, description="Equality characteristics")
    justice: Justice | None = Field(None, description="Criminal justice experience")
    money: Money | None = Field(None, description="Benefits and pay")
    progress: Progress | None = Field(None, description="What was reached")
    wellbeing: Wellbeing | None = Field(None, description="Confidence, wellbeing, good work")
    notes: Notes | None = Field(None, description="Free text")


class Referral(Event):
    """Somebody is sent, warmly, from one organisation to another, and each answer to that."""

    participation: ReferralParticipation = Field(description="Which service, and how far")


class Enrolment(Event):
    """Somebody takes part in a course or programme."""

    participation: EnrolmentParticipation = Field(description="Which course, and how far")


class Outcome(Event):
    """Something was reached: a job, a qualification, a step on the way."""

    participation: OutcomeParticipation = Field(description="Which service reports it")


EVENT_TYPES: Final[dict[str, type[Event]]] = {
    "referral": Referral,
    "enrolment": Enrolment,
    "outcome": Outcome,
}
"""The event types by the name that agreements and topics' headers use."""


def event_type(event: Event) -> str:
    """Return the name of the event's type, such as `referral`."""
    return type(event).__name__.lower()
