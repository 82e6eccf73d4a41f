"""The three events: an envelope, then one nullable block for each data category.

They mirror `avro/*.avsc`; a test holds the two together. Providers and importers build these
models; the filter works on the bytes.
"""

from collections.abc import Callable
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
from schemas.choices import CancelledBy, Companion, MeetingMode, MeetingResult, ReferralRoute
from schemas.decline_reasons import DeclineReason
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


def _checked(is_valid: Callable[[str], bool], rule: str) -> AfterValidator:
    """Return a validator of texts. Its error states the rule, never the text."""

    def check(text: str) -> str:
        if not is_valid(text):
            raise ValueError(rule)
        return text

    return AfterValidator(check)


def _whole_milliseconds(moment: datetime) -> datetime:
    """Cut what Avro's timestamp-millis cannot carry, so that what is read equals what was built."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


CheckedEventId = Annotated[EventId, _checked(is_event_id, "an event id is a UUID in lower case")]
CheckedPassportNumber = Annotated[
    PassportNumber,
    _checked(is_passport_number, "a participant id is a passport number, NWD-XXXX-XXXX-C"),
]
CheckedProviderId = Annotated[
    ProviderId,
    _checked(is_provider_id, "a provider id has lower-case letters, digits and single hyphens"),
]
CheckedServiceId = Annotated[
    ServiceId,
    _checked(is_service_id, "a service id is a provider, a dot and a service, in lower case"),
]
ReferralRef = Annotated[
    str, _checked(is_referral_ref, "a referral reference is R, 9 characters and a check character")
]
Moment = Annotated[AwareDatetime, AfterValidator(_whole_milliseconds)]
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
    WAITING = "waiting"
    OFFERED = "offered"
    OFFER_DECLINED = "offer_declined"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    SIGNPOSTED = "signposted"
    ENTERED_IN_ERROR = "entered_in_error"


class EnrolmentStage(StrEnum):
    """How far an enrolment has come."""

    UNSPECIFIED = "unspecified"
    STARTED = "started"
    BREAK_STARTED = "break_started"
    RESUMED = "resumed"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    WAITING = "waiting"
    OFFERED = "offered"
    OFFER_DECLINED = "offer_declined"
    CANCELLED = "cancelled"
    REOPENED = "reopened"
    ENTERED_IN_ERROR = "entered_in_error"


class OutcomeStage(StrEnum):
    """What is said of an outcome."""

    UNSPECIFIED = "unspecified"
    RECORDED = "recorded"
    SUSTAINED = "sustained"
    ENDED = "ended"
    CORRECTED = "corrected"
    DISPUTED = "disputed"
    ENTERED_IN_ERROR = "entered_in_error"


class Participation(Block):
    """Which service: its use alone is personal data, so this block is the gate to all others.

    `service_id` comes first in every event: the filter reads it from the bytes.
    """

    service_id: CheckedServiceId = Field(description="The service, <provider>.<service>")
    programme: Line | None = Field(None, description="Programme the service is part of")
    funder: Word | None = Field(None, description="ILR SOF; 116 is the Greater London Authority")
    on_behalf_of: Line | None = Field(
        None, description="For whom the provider acts, such as a borough whose contractor it is"
    )
    lead_contact_role: Word | None = Field(None, description="Role of whoever leads the support")
    lead_contact_organisation: Line | None = Field(None, description="Where that person works")


class PlaceParticipation(Participation):
    """Which service somebody seeks or has a place at: what referrals and enrolments share."""

    route: ReferralRoute | None = Field(None, description="How the person came to the service")
    decline_reason: DeclineReason | None = Field(
        None, description="Why it, or what was offered, is declined"
    )
    cancelled_by: CancelledBy | None = Field(None, description="Which side cancelled it")
    outside_criteria_because: Line | None = Field(
        None, description="Why the person is outside the service's criteria, by its rules"
    )
    place_expected_on: date | None = Field(
        None, description="When somebody who waits may expect a place"
    )


class ReferralParticipation(PlaceParticipation):
    """Which service somebody is referred to, and how far that is."""

    stage: ReferralStage = Field(description="How far the referral has come")
    reason_code: Word | None = Field(
        None, description="Why declined, withdrawn or missed: a code, never free text"
    )
    is_mandatory: bool | None = Field(None, description="Taking part is a condition of a benefit")
    appointment_at: Moment | None = Field(None, description="First appointment")
    appointment_place: Line | None = Field(None, description="Where the appointment is")
    meeting_with: Word | None = Field(None, description="First name of the person to meet")
    meeting_with_role: Word | None = Field(None, description="Role of the person to meet")
    meeting_mode: MeetingMode | None = Field(None, description="How the meeting takes place")
    accompanied_by: Companion | None = Field(None, description="Who comes along")
    meeting_result: MeetingResult | None = Field(None, description="How the meeting ended")


class EnrolmentParticipation(PlaceParticipation):
    """Which course or programme somebody takes part in, and how far that is."""

    stage: EnrolmentStage = Field(description="How far the enrolment has come")
    aim: Word | None = Field(None, description="Learning aim, ILR LearnAimRef")
    funding: Code | None = Field(None, description="ILR FundModel")
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
    model.__name__.lower(): model for model in (Referral, Enrolment, Outcome)
}
"""The event types by the name that agreements and topics' headers use."""


def event_type(event: Event) -> str:
    """Return the name of the event's type, such as `referral`."""
    return type(event).__name__.lower()
