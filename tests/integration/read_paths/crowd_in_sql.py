"""A crowd on a bus with a real PostgreSQL: people who stand alike and have the same events.

So many that figures about them may be shown; what is said of one is read of the first of them.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.decisions import NO_STANDING, Decision, Standing, decide
from consent_ledger.consent.new_terms import enter_agreements
from consent_ledger.consent.standing_entries import standing_entry
from consent_ledger.consent.standings import set_standing
from consent_ledger.ledger.entries import Kind
from consent_ledger.ledger.ledger import record
from consent_ledger.redaction.redactor import Projection
from consent_ledger.register.passport_numbers import participant_row
from consent_ledger.register.subjects import active
from consumers.analytics.disclosure_control import FEWEST_PEOPLE
from consumers.tray import TrayRecord
from schemas.categories import Category, Mask, categories_of
from schemas.events import Event, event_type
from schemas.trays import out_key, out_tray
from tests.integration.read_paths.crowd_stories import STATISTICS, Change, Published
from tests.support import erasures
from tests.support.agreement_strategies import NOON
from tests.support.bus import SHIPPED_SERVICES, Bus
from tests.support.bus_settings import PEPPER
from tests.support.killing import KilledError, killed_at
from tests.support.trays_planned import EVERYTHING, make_agreement

PASSPORT: Final = make_agreement("passport.coordination")
SERVICES_AT_FIRST: Final = {one.id: one.sensitive for one in SHIPPED_SERVICES.services}

Kept = frozenset[Category]
"""The categories of which one record has a block; none is no record."""
Pair = tuple[str, str]
"""An agreement and an event."""


class Crowd:
    """Some of the people on a bus, with agreements of their own; beside them there is a passport.

    The paths are read for the first of them, who is neither erased nor merged. Events that come for
    somebody erased are too late.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus
        self.people = [bus.participant() for _ in range(FEWEST_PEOPLE)]
        self.first = self.people[0]
        self.events: list[Event] = []
        self._erased: list[str] = []
        self._shown_as: dict[str, str] = {}
        self._published: list[Event] = []
        self.agreements = {PASSPORT.id: PASSPORT}
        self.standings: dict[str, Standing] = {}
        self.services = dict(SERVICES_AT_FIRST)
        self._purpose = f"of-{self.first.lower()}"
        self._late = bus.clock() - NOON
        self._stand({PASSPORT.id: EVERYTHING})

    @property
    def statistics(self) -> str:
        """The agreement whose tray figures are made of."""
        return self._agreement_id(STATISTICS)

    def let(self, change: Change) -> None:
        """Let it happen, and the filter come to rest."""
        self.bus.clock.go_on(timedelta(hours=change.hours))
        for recipient, agreement in change.agreements.items():
            self._enter(self._agreement_id(recipient), self._now(agreement))
        self.services |= change.is_sensitive
        self.bus.mark(self.services)
        self._stand(
            {
                self._agreement_id(recipient): standing._replace(
                    until=standing.until and standing.until + self._late
                )
                for recipient, standing in change.standings.items()
            }
        )
        if change.are_two_merged:
            self._merge_or_part()
        if change.is_one_erased:
            self._begin_to_erase()
        for one in change.events:
            self._publish(one)
        if change.killed_at:
            with suppress(KilledError):
                self.bus.turn(self.bus.new_shard(killed_at(change.killed_at)))
            self.bus.shard = self.bus.new_shard()
        self.bus.turn()
        if change.is_one_erased:
            erasures.finish(self.bus, self._erased[-1])

    def leave(self) -> None:
        """End the agreements, which would reach whoever comes next."""
        for agreement_id, agreement in tuple(self.agreements.items()):
            if agreement_id != PASSPORT.id:
                self._enter(agreement_id, agreement.model_copy(update={"ended": True}))
        self.bus.turn()

    def decision(self, agreement_id: str, event: Event) -> Decision:
        """Return what is decided now."""
        return decide(
            self.agreements[agreement_id],
            0,
            self.standings.get(agreement_id, NO_STANDING),
            event.provider_id,
            event_type(event),
            is_sensitive=self.services.get(event.participation.service_id, True),
            now=self.bus.clock(),
        )

    def kept(self, agreement_id: str, event: Event) -> Kept:
        """Return the categories that are decided."""
        return frozenset(categories_of(self.decision(agreement_id, event).mask))

    def pairs(self) -> Iterator[tuple[Agreement, Event]]:
        """Yield each event of the first of them with each agreement."""
        for event in self.events:
            if event.participant_id == self.first:
                yield from ((agreement, event) for agreement in self.agreements.values())

    def decided(self) -> dict[Pair, Kept]:
        """Return what is decided of each event that is delivered at all."""
        found = {
            (agreement.id, event.event_id): self.kept(agreement.id, event)
            for agreement, event in self.pairs()
        }
        return {pair: kept for pair, kept in found.items() if kept}

    def key(self, agreement: Agreement, event: Event) -> bytes:
        """Return the key of an event in an agreement's tray."""
        return _key(agreement, event, self.number_of(event))

    def number_of(self, event: Event) -> str:
        """Return the number under which an event is shown."""
        return self._shown_as.get(event.participant_id, event.participant_id)

    def records(self, agreement_id: str) -> list[TrayRecord]:
        """Return everything of them that was ever sent to a recipient."""
        agreement, topic = self.agreements[agreement_id], out_tray(agreement_id)
        own = {key for event in self._published for key in self._keys(agreement, event)}
        return [
            TrayRecord(topic, 0, at, one.key, one.value, ())
            for at, one in enumerate(self.bus.broker.read(topic))
            if one.key in own
        ]

    def _keys(self, agreement: Agreement, event: Event) -> Iterator[bytes]:
        """Yield the keys of an event under each number that may ever have named it."""
        for number in (event.participant_id, *self._merged):
            yield _key(agreement, event, number)

    @property
    def _merged(self) -> tuple[str, str]:
        """The number that is merged now and then, and the one that it is merged into."""
        return self.people[1], self.people[2]

    def _merge_or_part(self) -> None:
        number, into = self._merged
        if self._shown_as.pop(number, None):
            self.bus.unmerge(number)
        else:
            self.bus.merge(number, into)
            self._shown_as[number] = into

    def _begin_to_erase(self) -> None:
        number = self.people.pop()
        erasures.record(self.bus, number)
        self._erased.append(number)
        self.events = [event for event in self.events if event.participant_id != number]

    def _publish(self, one: Published) -> None:
        for number in (*self.people, *self._erased):
            event = one.make(one.service_id, participant_id=number, provider_id=one.provider_id)
            self.bus.publish(event)
            self._published.append(event)
            if number in self.people:
                self.events.append(event)

    def _agreement_id(self, recipient: str) -> str:
        return f"{recipient}.{self._purpose}"

    def _now(self, agreement: Agreement) -> Agreement:
        until = agreement.valid_until
        validity = {
            "valid_from": agreement.valid_from + self._late,
            "valid_until": until and until + self._late,
        }
        return agreement.model_copy(update=validity)

    def _enter(self, agreement_id: str, agreement: Agreement) -> None:
        before = self.agreements.get(agreement_id)
        version = before.version + 1 if before else 1
        entered = agreement.model_copy(update={"id": agreement_id, "version": version})
        with self.bus.ledger.begin() as tx:
            enter_agreements(tx, [entered])
        self.agreements[agreement_id] = entered
        if before and agreement_id in self.standings:
            held = self.standings[agreement_id]
            dropped = held.granted & before.consent_mask & ~entered.consent_mask
            self.standings[agreement_id] = held.without(Mask(dropped))

    def _stand(self, standings: Mapping[str, Standing]) -> None:
        self.standings |= standings
        places = [(number, one) for number in self.people for one in standings]
        with self.bus.engine.begin() as connection:
            entries = []
            for number, one in places:
                who, salt = active(participant_row(connection, number))
                agreement = self.agreements[one]
                entries.append(standing_entry(Kind.GIVEN, who, salt, agreement, standings[one]))
            seqs = record(self.bus.ledger.on(connection), entries)
            for seq, (number, one) in zip(seqs, places, strict=True):
                set_standing(connection, number, one, standings[one]._replace(seq=seq))


def _key(agreement: Agreement, event: Event, number: str) -> bytes:
    return out_key(*Projection(agreement, PEPPER).names(event, number))
