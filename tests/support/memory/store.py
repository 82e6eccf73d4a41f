"""The filter's store in memory."""

import math
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from functools import partial
from operator import attrgetter

from typing_extensions import override

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.filter.people import PersonRow, ShownAs
from consent_ledger.filter.shards import begins
from consent_ledger.filter.store import (
    Cursor,
    Enforced,
    EventKey,
    FeedEntry,
    FencedError,
    ShardLease,
    ShardState,
    Store,
    Waiting,
)
from consent_ledger.filter.sweep import ALL_EVENTS, Part, Sweep
from consent_ledger.journal.disclosures import Disclosed, NewDisclosure, TrayPlace
from consent_ledger.journal.journal import JournalRow, Known, SealedEvent
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.tables.consent import CHANGES_OF_TERMS
from schemas.errors import BusError
from schemas.identifiers import (
    AgreementId,
    LedgerIndex,
    PassportNumber,
    TopicName,
)
from tests.support.memory.database import MemoryDatabase, ShardRow
from tests.support.memory.sweeps import MemorySweeps, entry_of

_SEQ = attrgetter("seq")


class MemoryFilterTransaction(MemorySweeps):
    """One transaction of a database in memory."""

    @override
    def shards(self) -> list[ShardState]:
        return [
            ShardState(
                shard_id,
                row.partitions,
                Cursor(LedgerIndex(row.next_seq), row.checked_at, row.decided_until),
                row.is_retired,
                tuple(
                    one
                    for one in self._database.sweeps.values()
                    if one.shard_id == shard_id and one.participant_id is None
                ),
            )
            for shard_id, row in self._database.shards.items()
        ]

    @override
    def replace_shards(self, new: Sequence[ShardState]) -> None:
        self._give_up_sweeps_of_everybody()
        self._database.keep("shards")
        self._database.shards = {
            shard_id: replace(row, is_retired=True)
            for shard_id, row in self._database.shards.items()
        }
        for state in new:
            self._database.shards[state.shard_id] = ShardRow(
                state.partitions,
                state.cursor.next_seq,
                state.cursor.checked_at,
                state.cursor.decided_until,
            )

    @override
    def acquire(self, shard_id: int) -> ShardLease:
        shard = self._database.shards.get(shard_id)
        if shard is None or shard.is_retired:
            raise BusError("There is no such shard.")
        shard.epoch += 1
        if shard.open_turn is not None:
            self._database.aborted_turns.add(shard.open_turn)
            shard.open_turn = None
        retired = [state for state in self.shards() if state.is_retired]
        return ShardLease(shard_id, shard.epoch, begins(retired, shard.partitions))

    @override
    def fence(self, lease: ShardLease) -> Cursor:
        shard = self._database.shards[lease.shard_id]
        if shard.epoch != lease.epoch:
            raise FencedError(lease.shard_id)
        return Cursor(LedgerIndex(shard.next_seq), shard.checked_at, shard.decided_until)

    @override
    def positions_of(
        self, topics: Sequence[TopicName], partitions: Sequence[int]
    ) -> dict[tuple[TopicName, int], int | None]:
        places = [(topic, partition) for topic in topics for partition in partitions]
        return {place: self._database.positions.get(place) for place in places}

    @override
    def last_change_of_terms(self) -> LedgerIndex | None:
        kinds = (
            one.seq for one in reversed(self._database.changes) if one.kind in CHANGES_OF_TERMS
        )
        return next(kinds, None)

    @override
    def agreements_in_force(self) -> AgreementsInForce:
        return self._database.terms

    @override
    def changes_since(
        self, cursor: Cursor, begins: Mapping[int, LedgerIndex]
    ) -> tuple[list[FeedEntry], LedgerIndex]:
        changes = self._database.changes
        rows = changes[bisect_left(changes, cursor.next_seq, key=_SEQ) :]
        found = [
            entry_of(one)
            for one in rows
            if one.partition is None or one.seq >= begins.get(one.partition, math.inf)
        ]
        return found, LedgerIndex(rows[-1].seq + 1) if rows else cursor.next_seq

    @override
    def expired_since(
        self, since: datetime, until: datetime, partitions: Sequence[int]
    ) -> list[tuple[PassportNumber, AgreementId]]:
        return [
            (participant_id, agreement_id)
            for participant_id, held in self._database.standings.items()
            if self._database.participants[participant_id].partition in partitions
            for agreement_id, one in held.items()
            if one.until is not None and since < one.until <= until
        ]

    @override
    def people(
        self, participant_ids: Collection[PassportNumber]
    ) -> Mapping[PassportNumber, PersonRow]:
        database = self._database
        return {
            one: PersonRow(
                database.participants[one].state,
                database.keys.get(one),
                dict(database.standings.get(one, {})),
                _name_of(database.participants[one]),
            )
            for one in participant_ids
            if one in database.participants
        }

    @override
    def known_events(self, events: Collection[EventKey]) -> dict[EventKey, Known]:
        found = {}
        for key in events:
            rows = self._database.journal.get(key)
            if rows:
                provider_id = next(iter(rows.values())).provider_id
                found[key] = Known(provider_id, {one: row.digest for one, row in rows.items()})
        return found

    @override
    def add_to_journal(self, rows: Iterable[JournalRow]) -> None:
        for row in rows:
            key = row.participant_id, row.event_id
            held = self._database.journal.setdefault(key, {})
            if row.revision in held:
                raise ValueError("that revision is in the journal already")
            held[row.revision] = row
            self._database.events_by_person.setdefault(row.participant_id, set()).add(key)
            self._database.undo.append(partial(held.pop, row.revision))

    @override
    def sealed_events_of(
        self, participant_ids: Collection[PassportNumber], part: Part = ALL_EVENTS
    ) -> list[SealedEvent]:
        found = []
        for participant_id in sorted(participant_ids):
            for key in self.events_of(participant_id):
                rows = self._database.journal[key]
                if part.holds(key[1]):
                    row = rows[max(rows)]
                    of_row = (getattr(row, name) for name in SealedEvent._fields)
                    found.append(SealedEvent._make(of_row))
        return found

    @override
    def last_disclosed(
        self, events: Collection[EventKey]
    ) -> dict[EventKey, dict[TrayPlace, Disclosed]]:
        found: dict[EventKey, dict[TrayPlace, Disclosed]] = {}
        for key in events:
            for turn, one in self._database.disclosures.get(key, ()):
                place = TrayPlace(one.agreement_id, one.shown_as)
                found.setdefault(key, {})[place] = Disclosed(
                    one.mask, one.digest, one.issue, turn not in self._database.aborted_turns
                )
        return found

    @override
    def disclosed_of(
        self, participant_ids: Collection[PassportNumber], part: Part = ALL_EVENTS
    ) -> list[EventKey]:
        return [
            key
            for key in self._database.disclosures
            if key[0] in participant_ids and part.holds(key[1])
        ]

    @override
    def erasures_of(
        self, participant_ids: Collection[PassportNumber]
    ) -> dict[PassportNumber, LedgerIndex]:
        found = self._database.erasures()
        return {one: found[one] for one in participant_ids if one in found}

    @override
    def key_epochs(self) -> set[bytes]:
        return set(self._database.epochs)

    @override
    def keep_letter_keys(self, new: Mapping[str, bytes]) -> Mapping[str, bytes]:
        self._database.keep("letter_keys")
        self._database.letter_keys = {**new, **self._database.letter_keys}
        return {origin: self._database.letter_keys[origin] for origin in new}

    @override
    def open_turn(self, lease: ShardLease, now: datetime) -> int:
        shard = self._database.shards[lease.shard_id]
        before = shard.open_turn, shard.checked_at, shard.decided_until
        self._database.turns += 1
        shard.open_turn = self._database.turns
        shard.checked_at = min(shard.checked_at, now)
        shard.decided_until = max(shard.decided_until, now)

        def take_back() -> None:
            shard.open_turn, shard.checked_at, shard.decided_until = before

        self._database.undo.append(take_back)
        return self._database.turns

    @override
    def add_disclosures(self, turn: int, rows: Iterable[NewDisclosure]) -> None:
        for row in rows:
            key = row.participant_id, row.event_id
            held = self._database.disclosures.setdefault(key, [])
            held.append((turn, row))
            self._database.undo.append(held.pop)

    @override
    def add_waiting(self, rows: Collection[Waiting], now: datetime) -> None:
        if rows:
            self._database.keep("waiting")
        for row in rows:
            self._database.waiting.setdefault(row, now)

    @override
    def waiting_outside(
        self, agreement_id: AgreementId, begun: datetime, end: datetime, partitions: Sequence[int]
    ) -> list[PassportNumber]:
        people = self._database.participants
        return sorted(
            {
                row.participant_id
                for row, since in self._database.waiting.items()
                if row.agreement_id == agreement_id and not begun <= since < end
                if people[row.participant_id].partition in partitions
            }
        )

    @override
    def waiting_of(
        self, participant_ids: Collection[PassportNumber], agreement_ids: Collection[AgreementId]
    ) -> list[Waiting]:
        return [
            row
            for row in self._database.waiting
            if row.participant_id in participant_ids and row.agreement_id in agreement_ids
        ]

    @override
    def close_turn(
        self,
        lease: ShardLease,
        positions: Mapping[tuple[TopicName, int], int],
        cursor: Cursor,
        enforced: Sequence[Enforced],
        settled: Collection[Waiting] = (),
        *,
        begun: Sequence[Sweep] = (),
        swept: Sweep | None = None,
    ) -> None:
        self._note_sweeps(begun, swept)
        if settled:
            self._database.keep("waiting")
        for row in settled:
            self._database.waiting.pop(row, None)
        shard = self._database.shards[lease.shard_id]
        before = shard.open_turn, shard.next_seq, shard.checked_at, shard.decided_until
        shard.open_turn = None
        shard.next_seq = cursor.next_seq
        shard.checked_at, shard.decided_until = cursor.checked_at, cursor.decided_until
        held = dict(self._database.positions)
        self._database.positions.update(positions)
        self._database.enforcement.update({one.seq: one for one in enforced})

        def take_back() -> None:
            shard.open_turn, shard.next_seq, shard.checked_at, shard.decided_until = before
            self._database.positions = held
            for one in enforced:
                self._database.enforcement.pop(one.seq, None)

        self._database.undo.append(take_back)


class MemoryStore(Store):
    """The store on a database in memory."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._transaction = MemoryFilterTransaction(database)

    @override
    def begin(self) -> AbstractContextManager[MemoryFilterTransaction]:
        return self._database.transaction(self._transaction)


def _name_of(row: ParticipantRow) -> ShownAs:
    return ShownAs(row.shown_as, LedgerIndex(-1) if row.named_seq is None else row.named_seq)
