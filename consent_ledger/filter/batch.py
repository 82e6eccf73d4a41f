"""What one turn accepts, refuses and has to write, computed within one transaction."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import NamedTuple, TypeVar

from consent_ledger.filter.dead_letters import dead_letter, origin_of
from consent_ledger.filter.intake import Reason, RefusedRecord, admit
from consent_ledger.filter.people import People, open_people
from consent_ledger.filter.planning import Delivery, Planner
from consent_ledger.filter.records import InRecord, OutRecord
from consent_ledger.filter.store import EventKey, FilterTransaction, ShardLease, Waiting
from consent_ledger.filter.sweep import ALL_EVENTS, Part, Sweep
from consent_ledger.journal.disclosures import Disclosed, NewDisclosure, TrayPlace
from consent_ledger.journal.journal import JournalRow, Known, seal_event, unseal_event
from consent_ledger.journal.vault import Vault, fresh_nonces
from schemas.codec import WalkedEvent
from schemas.identifiers import AgreementId, EventId, PassportNumber, TopicName, numbers_in

_Row = TypeVar("_Row")

Scope = Mapping[PassportNumber, Collection[AgreementId] | None]
"""Participants to decide about again, with the agreements concerned; None is all of them."""


class _ErasedEvent(NamedTuple):
    """An event of which only its ids can still be known."""

    participant_id: PassportNumber
    event_id: EventId


@dataclass
class Batch:
    """What a turn sends, and behind which positions it goes on once that is acknowledged.

    `accepted` and `looked_at` are how many events came in, and were decided about again.
    """

    deliveries: list[Delivery] = field(default_factory=list)
    refusals: list[RefusedRecord] = field(default_factory=list)
    settled: list[Waiting] = field(default_factory=list)
    letters: list[OutRecord] = field(default_factory=list)
    accepted: int = 0
    looked_at: int = 0
    positions: dict[tuple[TopicName, int], int] = field(default_factory=dict)


class _Asked(NamedTuple):
    """What a turn decides about: events that came in, and others again, as all of it was read."""

    current: Mapping[EventKey, WalkedEvent]
    again: Mapping[EventKey, WalkedEvent]
    seen_before: Collection[EventKey]
    people: People
    last: Mapping[EventKey, Mapping[TrayPlace, Disclosed]]
    scope: Scope
    released: Collection[AgreementId]
    sweeps: Sequence[Sweep]
    now: datetime


@dataclass(frozen=True)
class Preparation:
    """Builds batches; everything it reads of people and consent it reads at that moment."""

    vault: Vault
    partitions: int

    def prepare(
        self,
        transaction: FilterTransaction,
        lease: ShardLease,
        planner: Planner,
        *,
        records: Sequence[InRecord],
        scope: Scope,
        now: datetime,
        released: Collection[AgreementId] = (),
        doubted: Collection[tuple[EventKey, AgreementId]] = (),
        part: Part = ALL_EVENTS,
        sweeps: Sequence[Sweep] = (),
    ) -> Batch:
        """Journal what is accepted, record what is about to be disclosed, and return it all.

        Of the people in scope only a `part` of their events is looked at. `released` are agreements
        whose trays are given now what waited for a batch. What stands of a `doubted` event in a
        tray is not believed: it is written again. A correction of an event that one of the
        `sweeps` has still to come to is left to it, under the agreements that it is about: else
        the place of the record would show that something was corrected, whatever it is.

        Events are sealed, and planned, while the database takes the rows before them.
        """
        batch = Batch()
        if not records and not scope:
            return batch
        admitted = self._admit(records, batch)
        concerned = {event.participant_id for _, event in admitted} | scope.keys()
        people = open_people(transaction.people(concerned), self.vault)
        known = transaction.known_events({_key(event) for _, event in admitted})
        seen_before = set(known)
        current: dict[EventKey, WalkedEvent] = {}
        rows = _begun(self._accepted(admitted, people, known, current, batch))
        if rows is not None:
            transaction.add_to_journal(rows)
        if batch.refusals:
            batch.refusals = list(_with_erased_marked(transaction, batch.refusals))
            batch.letters = list(self._letters(transaction, batch.refusals, now))
        again = dict(self._scoped(transaction, people, scope, current, part))
        last = _last_disclosed(transaction, (seen_before & current.keys()) | again.keys(), doubted)
        retracted = list(_retracted(transaction, planner, people.erased.intersection(scope), part))
        batch.looked_at = len(again) + len({one.disclosure.event_id for one in retracted})
        waiting: list[Waiting] = []
        asked = _Asked(current, again, seen_before, people, last, scope, released, sweeps, now)
        deliveries = _begun(chain(_planned(planner, asked, waiting, batch), retracted))
        if deliveries is not None or waiting:
            turn = transaction.open_turn(lease, now)
            if deliveries is not None:
                transaction.add_disclosures(turn, _taken(deliveries, batch))
            transaction.add_waiting(waiting, now)
        # by the trays' own keys: the order must not show what came in, or changed
        batch.deliveries.sort(key=_key_in_tray)
        return batch

    def _admit(
        self, records: Sequence[InRecord], batch: Batch
    ) -> list[tuple[InRecord, WalkedEvent]]:
        admitted = []
        for record in records:
            batch.positions[record.topic, record.partition] = record.offset + 1
            event = admit(record, self.partitions)
            if isinstance(event, RefusedRecord):
                batch.refusals.append(event)
            else:
                admitted.append((record, event))
        return admitted

    def _accepted(
        self,
        admitted: Sequence[tuple[InRecord, WalkedEvent]],
        people: People,
        known: dict[EventKey, Known],
        current: dict[EventKey, WalkedEvent],
        batch: Batch,
    ) -> Iterator[JournalRow]:
        """Yield what is new for the journal.

        `current` gets the events whose highest revision came in now, or again.
        """
        nonces = fresh_nonces(len(admitted))
        for (record, event), nonce in zip(admitted, nonces, strict=True):
            key = _key(event)
            digest = self.vault.digest(event.value)
            reason = _refuse(event, digest, people, known.get(key))
            if reason is not None:
                batch.refusals.append(RefusedRecord(record, reason))
                continue
            batch.accepted += 1
            history = known.setdefault(key, Known(event.provider_id, {}))
            if event.revision not in history.digests:
                history.digests[event.revision] = digest
                yield seal_event(event, digest, people.active[event.participant_id].key, nonce)
            if event.revision == history.revision:
                current[key] = event

    def _letters(
        self, transaction: FilterTransaction, refusals: Sequence[RefusedRecord], now: datetime
    ) -> Iterator[OutRecord]:
        """Yield the dead letters, whose keys are kept: one for somebody erased there is not."""
        kept = {
            origin_of(refusal.record): refusal
            for refusal in refusals
            if refusal.reason is not Reason.ERASED_PARTICIPANT
        }
        if not kept:
            return
        epochs = transaction.key_epochs()
        new = {origin: self.vault.new_key(origin, epochs) for origin in kept}
        for origin, sealed_key in transaction.keep_letter_keys(new).items():
            yield dead_letter(kept[origin], self.vault.open_key(sealed_key, origin), now)

    def _scoped(
        self,
        transaction: FilterTransaction,
        people: People,
        scope: Scope,
        current: Mapping[EventKey, WalkedEvent],
        part: Part,
    ) -> Iterator[tuple[EventKey, WalkedEvent]]:
        """Yield the other events of the people in scope, from the journal."""
        active = [one for one in scope if one in people.active]
        if not active:
            return
        for sealed in transaction.sealed_events_of(active, part):
            key = sealed.participant_id, sealed.event_id
            if key not in current:
                yield key, unseal_event(sealed, people.active[sealed.participant_id].key)


def _last_disclosed(
    transaction: FilterTransaction,
    events: Collection[EventKey],
    doubted: Collection[tuple[EventKey, AgreementId]],
) -> Mapping[EventKey, Mapping[TrayPlace, Disclosed]]:
    """Return the last disclosure of events, by place; what is doubted is not confirmed."""
    last = transaction.last_disclosed(events)
    for key, agreement_id in doubted:
        for place, sent in last.get(key, {}).items():
            if place.agreement_id == agreement_id:
                last[key][place] = sent._replace(is_confirmed=False)
    return last


def _planned(
    planner: Planner, asked: _Asked, waiting: list[Waiting], batch: Batch
) -> Iterator[Delivery]:
    """Yield what is to be written; `waiting` and the batch get what waits, and what no longer."""
    for key, event in (*asked.current.items(), *asked.again.items()):
        person = asked.people.active[event.participant_id]
        plan = planner.plan(
            event,
            person.name,
            person.standings,
            asked.last.get(key, {}),
            now=asked.now,
            only=_considered(key, event, asked, planner),
            released=asked.released,
        )
        yield from plan.deliveries
        if plan.waiting:
            waiting += (Waiting(*key, agreement_id) for agreement_id in plan.waiting)
        # of one that came in just now nothing waits
        if plan.settled and (key in asked.seen_before or key in asked.again):
            batch.settled += (Waiting(*key, agreement_id) for agreement_id in plan.settled)


def _considered(
    key: EventKey, event: WalkedEvent, asked: _Asked, planner: Planner
) -> Collection[AgreementId] | None:
    """Return the agreements to decide about an event under; None is all of them."""
    if key not in asked.current:
        return asked.scope[event.participant_id]
    if not asked.sweeps or key not in asked.seen_before:
        return None
    left: set[AgreementId] = set()
    for sweep in asked.sweeps:
        if sweep.is_to_come_to(event.participant_id, event.event_id, event.service_id):
            left |= planner.agreements() if sweep.scope is None else sweep.scope
    of_person = asked.scope.get(event.participant_id, ())
    return None if of_person is None else (planner.agreements() - left).union(of_person)


def _begun(rows: Iterator[_Row]) -> Iterator[_Row] | None:
    """Return all rows, once there is a first one; None where there is none."""
    for first in rows:
        return chain((first,), rows)
    return None


def _taken(deliveries: Iterator[Delivery], batch: Batch) -> Iterator[NewDisclosure]:
    """Yield the row of each delivery, which the batch gets."""
    for delivery in deliveries:
        batch.deliveries.append(delivery)
        yield delivery.disclosure


def _retracted(
    transaction: FilterTransaction,
    planner: Planner,
    erased: Collection[PassportNumber],
    part: Part,
) -> Iterator[Delivery]:
    """Yield a tombstone for each record that a tray may hold of people who were erased."""
    if not erased:
        return
    decided_by = transaction.erasures_of(erased)
    last = transaction.last_disclosed(transaction.disclosed_of(decided_by, part))
    for key, of_event in sorted(last.items()):
        event = _ErasedEvent(*key)
        yield from planner.retract(event, of_event, decided_by[event.participant_id])


def _with_erased_marked(
    transaction: FilterTransaction, refusals: Sequence[RefusedRecord]
) -> Iterator[RefusedRecord]:
    """Yield refusals, with another reason for a record that names a person erased.

    Such a record gets no dead letter, which would hold it again.
    """
    named = [numbers_in(one.record.value or b"") for one in refusals]
    rows = transaction.people(set().union(*named))
    erased = {one for one, row in rows.items() if row.state != "active"}
    for refusal, numbers in zip(refusals, named, strict=True):
        if numbers & erased:
            yield refusal._replace(reason=Reason.ERASED_PARTICIPANT, detail="")
        else:
            yield refusal


def _refuse(
    event: WalkedEvent, digest: bytes, people: People, known: Known | None
) -> Reason | None:
    if event.participant_id in people.erased:
        return Reason.ERASED_PARTICIPANT
    if event.participant_id not in people.active:
        return Reason.UNKNOWN_PARTICIPANT
    if known is not None and known.provider_id != event.provider_id:
        return Reason.EVENT_OF_ANOTHER_PROVIDER
    if known is not None and known.digests.get(event.revision, digest) != digest:
        return Reason.REVISION_CONFLICT
    return None


def _key_in_tray(delivery: Delivery) -> bytes:
    return delivery.record.key


def _key(event: WalkedEvent) -> EventKey:
    return event.participant_id, event.event_id
