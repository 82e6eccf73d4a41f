"""What would become of events that are not published yet: which recipient would get how much."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Connection

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.decisions import NO_STANDING, Standing, decide
from consent_ledger.consent.standings import standings_of
from consent_ledger.ledger.clock import Clock
from schemas.categories import BLOCKS, Category, Mask
from schemas.events import Event, event_type


@dataclass
class Reach:
    """What one agreement would deliver: records, and in how many of them each category is."""

    agreement_id: str
    recipient_name: str
    records: int = 0
    categories: Counter[Category] = field(default_factory=Counter)

    def add(self, event: Event, mask: Mask) -> None:
        """Count an event of which these categories are open."""
        self.records += 1
        self.categories.update(
            one for one in BLOCKS if mask & one.bit and getattr(event, one.value) is not None
        )


class _Person(NamedTuple):
    participant_id: str
    standings: dict[str, Standing]


class Rehearsal:
    """Decides about events as the filter would at this moment, and delivers nothing.

    Somebody who is not registered yet has no standing: then only agreements for everyone open
    anything.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._terms = read_agreements(connection)
        self._person = _Person("", {})
        self._reaches = {
            agreement_id: Reach(agreement_id, one.agreement.recipient_name)
            for agreement_id, one in sorted(self._terms.agreements.items())
        }

    def take(self, event: Event) -> None:
        """Decide about one event."""
        standings = self._standings(event.participant_id)
        for agreement_id, reach in self._reaches.items():
            in_force = self._terms.agreements[agreement_id]
            decision = decide(
                in_force.agreement,
                in_force.seq,
                standings.get(agreement_id, NO_STANDING),
                event.provider_id,
                event_type(event),
                is_sensitive=self._terms.is_sensitive(event.participation.service_id),
                now=self._clock(),
            )
            if decision.mask:
                reach.add(event, decision.mask)

    def reaches(self) -> list[Reach]:
        """Return what each agreement would deliver, nothing included."""
        return list(self._reaches.values())

    def _standings(self, participant_id: str) -> dict[str, Standing]:
        # A learner's aims come one after another: the last person's standings are kept.
        if self._person.participant_id != participant_id:
            found = standings_of(self._connection, [participant_id]).get(participant_id, {})
            self._person = _Person(participant_id, found)
        return self._person.standings
