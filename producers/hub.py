"""What a door needs of the hub and of Kafka, as Protocols that are given to it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NewType, Protocol

from schemas.blocks import Contact, Identity
from schemas.events import Event
from schemas.identifiers import PassportNumber, ProviderId

_NO_CONTACT: Final = Contact()

DoorKey = NewType("DoorKey", bytes)
"""32 bytes, derived from the hub's pepper for one provider: its event ids and digests need it."""


@dataclass(frozen=True, slots=True, repr=False)
class EarlierReference:
    """By which reference a person was known before, as a provider says of its own record.

    `ukprn` is that of another provider where they were; None: with this provider itself.
    """

    reference: str
    ukprn: int | None = None


class AnswerWord(StrEnum):
    """What an adviser answers to a question about somebody who was set aside."""

    SAME = "same"
    """It is the person with the number on their card; or, without it, the only one it may be."""
    OTHER = "other"
    """It is somebody else: a new number."""
    RETURNING = "returning"
    """The person was erased and wishes to take part again, or the reference is another's now."""


@dataclass(frozen=True, slots=True, repr=False)
class GivenAnswer:
    """An adviser's answer. `same` has a number, or None: the person agreed to be looked up."""

    word: AnswerWord
    number: PassportNumber | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Applicant:
    """A person to register: reference, identity and contact, and what else says who it is.

    That is a passport number, if the record carries one, a reference of before, and an adviser's
    answer, which counts more than either.
    """

    reference: str
    person: Identity
    carried: PassportNumber | None
    contact: Contact = _NO_CONTACT
    earlier: EarlierReference | None = None
    answer: GivenAnswer | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """The participant's number; `is_new` where the provider neither brought it nor had it before.

    Whether the person was known elsewhere is not told. `doubts` are fields that were taken as
    absent, each with the reason, never with its value. `number_before` is the number that the
    provider's own earlier reference has, if it has one: another one where they are two people, or
    one who has two numbers.
    """

    participant_id: PassportNumber
    is_new: bool
    doubts: tuple[str, ...] = ()
    number_before: PassportNumber | None = None


@dataclass(frozen=True, slots=True)
class PossibleMatch:
    """The person may have a number already. An adviser decides; the hub never joins two itself.

    `reasons` says what agrees or disagrees, never a value.
    """

    reasons: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class UnknownNumber:
    """Nobody has the passport number that is carried: it was never issued, or they were erased."""


@dataclass(frozen=True, slots=True)
class Erased:
    """The provider's reference was that of somebody erased, and only they can ask to come back."""


@dataclass(frozen=True, slots=True)
class Impossible:
    """What is told of the person cannot be: fields, each with the reason, never with its value."""

    problems: tuple[str, ...]


Registration = Registered | PossibleMatch | UnknownNumber | Erased | Impossible
"""The hub's answer for one applicant."""


class Registrar(Protocol):
    """The register of participants, as a door sees it."""

    def register(
        self, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> Sequence[Registration]:
        """Register each applicant and return an answer for each, in order.

        A reference that is known already gets the number it got before. All answers are committed
        when this returns, since events of these participants follow at once.

        Raises:
            BusError: the provider is unknown, or the hub cannot be reached.

        """

    def trial(self) -> "Registrar":
        """Return a registrar that answers as this one would, batch after batch, for a dry run.

        It changes nothing. Somebody new gets a number that is made up. Two whom it is asked about
        and who may be the same person are noticed, in whichever batches they are.
        """


class EventPublisher(Protocol):
    """The way into the providers' in-trays."""

    def publish(self, event: Event) -> object:
        """Send an event to the in-tray of its provider. It has arrived when `flush` returns.

        Raises:
            MalformedError: the event is too large. It was not sent; others still can be.
            BusError: this event or an earlier one could not be sent.

        """

    def flush(self) -> object:
        """Wait until all events have arrived. Raises BusError where one did not."""
