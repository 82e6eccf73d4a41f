"""What the importer needs from the hub and from the log, as Protocols that are given to it.

A provider's door runs on the provider's machine and knows neither the register nor Kafka.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.blocks import Identity
from schemas.events import Event


@dataclass(frozen=True, slots=True, repr=False)
class Applicant:
    """Somebody to be registered: the learner reference, who it is, a passport number if carried."""

    reference: str
    person: Identity
    carried: str | None


@dataclass(frozen=True, slots=True)
class Registered:
    """The participant's number; `is_new` when it was issued just now."""

    participant_id: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class PossibleMatch:
    """Somebody who may have a number already: for an adviser to decide, never joined silently."""


@dataclass(frozen=True, slots=True)
class UnknownNumber:
    """The passport number that is carried was never issued."""


@dataclass(frozen=True, slots=True)
class Erased:
    """Somebody who was erased from the bus: only they themselves can wish to come back."""


Answer = Registered | PossibleMatch | UnknownNumber | Erased


class Registrar(Protocol):
    """Who knows the participants."""

    def register(self, provider_id: str, applicants: Sequence[Applicant]) -> Sequence[Answer]:
        """Register each applicant and return an answer for each, in order.

        A reference that is known already gets the number it got before. What is answered must be
        in force when this returns: events of these participants follow at once.
        """
        ...

    def look_up(self, provider_id: str, applicants: Sequence[Applicant]) -> Sequence[Answer | None]:
        """Answer as `register` would, and change nothing; None for somebody who would be new."""
        ...


class Publisher(Protocol):
    """The way into the provider's in-tray."""

    def publish(self, event: Event) -> None:
        """Send one event.

        Raises:
            BusError: it, or an earlier one, could not be sent.

        """
        ...

    def flush(self) -> None:
        """Wait until everything has been sent.

        Raises:
            BusError: something could not be.

        """
        ...
