"""What a door needs of the hub and of Kafka, as Protocols that are given to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NewType, Protocol

from schemas.blocks import Identity
from schemas.events import Event
from schemas.identifiers import PassportNumber, ProviderId

DoorKey = NewType("DoorKey", bytes)
"""32 bytes, derived from the hub's pepper for one provider: its event ids and digests need it."""


@dataclass(frozen=True, slots=True, repr=False)
class Applicant:
    """A person to register: reference and identity, and a passport number if carried."""

    reference: str
    person: Identity
    carried: PassportNumber | None


@dataclass(frozen=True, slots=True)
class Registered:
    """The participant's number; `is_new` when it was issued just now."""

    participant_id: PassportNumber
    is_new: bool


@dataclass(frozen=True, slots=True)
class PossibleMatch:
    """The person may have a number already. An adviser decides; the hub never joins two itself."""


@dataclass(frozen=True, slots=True)
class UnknownNumber:
    """Nobody has the passport number that is carried: it was never issued, or they were erased."""


@dataclass(frozen=True, slots=True)
class Erased:
    """The provider's reference was that of somebody erased, and only they can ask to come back."""


Registration = Registered | PossibleMatch | UnknownNumber | Erased
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

    def look_up(
        self, provider_id: ProviderId, applicants: Sequence[Applicant]
    ) -> Sequence[Registration | None]:
        """Answer as `register` would, and change nothing; None for a person who would be new."""


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
