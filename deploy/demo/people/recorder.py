"""Writes events as a provider's case system would: ids, times and case references of its own."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, TypeVar

from deploy.demo.people.dice import dice
from schemas.events import Event, Source
from schemas.identifiers import EventId, PassportNumber, ProviderId

AnyEvent = TypeVar("AnyEvent", bound=Event)

_OPENS_AT: Final = 9
_OPEN_MINUTES: Final = 8 * 60
_TYPED_WITHIN_MINUTES: Final = 45


class Recorder:
    """Gathers the events of one participant, in the order in which they are told.

    `chance` decides what is told: it follows the person, while ids follow the participant as well.
    """

    def __init__(self, seed: int, person: int, participant_id: PassportNumber) -> None:
        self.events: list[Event] = []
        self.chance = dice(seed, "told", person)
        self._ids = dice(seed, "ids", person, participant_id)
        self._participant_id = participant_id
        self._cases: dict[str, str] = {}

    def new_id(self) -> EventId:
        """Return the id for an event, to be used again for its later revisions."""
        return EventId(str(uuid.UUID(int=self._ids.getrandbits(128), version=4)))

    def record(
        self,
        kind: type[AnyEvent],
        provider_id: ProviderId,
        on: date,
        event_id: EventId | None = None,
        **fields: Any,
    ) -> None:
        """Record an event of a day, in office hours; `fields` are its blocks and the rest."""
        occurred_at = datetime.combine(on, time(_OPENS_AT), UTC) + timedelta(
            minutes=self.chance.randrange(_OPEN_MINUTES)
        )
        typed_after = timedelta(minutes=self.chance.randint(1, _TYPED_WITHIN_MINUTES))
        self.events.append(
            kind(
                event_id=event_id or self.new_id(),
                participant_id=self._participant_id,
                provider_id=provider_id,
                occurred_at=occurred_at,
                recorded_at=occurred_at + typed_after,
                source=Source(system="crm", reference=self._case(provider_id)),
                **fields,
            )
        )

    def _case(self, provider_id: ProviderId) -> str:
        """Return the provider's own reference for the person's case: it says nothing of them."""
        if provider_id not in self._cases:
            self._cases[provider_id] = f"case-{self._ids.getrandbits(32):08x}"
        return self._cases[provider_id]
