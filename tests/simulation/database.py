"""A database in memory: the filter's store and the ledger's records, with transactions.

It passes the same conformance suite as PostgreSQL (tests/integration/filter).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from consent_ledger.decisions import NO_STANDING, Standing
from consent_ledger.disclosures import Disclosed, NewDisclosure
from consent_ledger.entries import Kind
from consent_ledger.filter.people import PersonRow
from consent_ledger.filter.store import (
    Change,
    Cursor,
    Enforced,
    EventKey,
    FencedError,
    Hold,
)
from consent_ledger.journal import JournalRow, Known, SealedEvent
from consent_ledger.records import ChangeRow, ParticipantRow
from consent_ledger.tables.consent import CHANGES_OF_TERMS
from consent_ledger.terms import Terms
from schemas.errors import BusError

CHUNK = 2
"""People in a chunk: few, so that walks over everybody take several."""


@dataclass
class ShardRow:
    """A shard's progress."""

    partitions: tuple[int, ...]
    next_seq: int
    checked_at: datetime
    epoch: int = 0
    open_turn: int | None = None


@dataclass
class MemoryDatabase:
    """The tables. Whoever writes within a transaction leaves an undo for a rollback."""

    terms: Terms
    participants: dict[str, ParticipantRow] = field(default_factory=dict)
    keys: dict[str, bytes] = field(default_factory=dict)
    standings: dict[str, dict[str, Standing]] = field(default_factory=dict)
    leaves: list[bytes] = field(default_factory=list)
    changes: list[ChangeRow] = field(default_factory=list)
    journal: dict[EventKey, dict[int, JournalRow]] = field(default_factory=dict)
    events_by_person: dict[str, set[EventKey]] = field(default_factory=dict)
    disclosures: dict[EventKey, list[tuple[int, NewDisclosure]]] = field(default_factory=dict)
    shards: dict[int, ShardRow] = field(default_factory=dict)
    aborted_turns: set[int] = field(default_factory=set)
    positions: dict[tuple[str, int], int] = field(default_factory=dict)
    enforcement: dict[int, Enforced] = field(default_factory=dict)
    turns: int = 0
    undo: list[Callable[[], object]] = field(default_factory=list)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Undo everything that was written in the block when it ends by an exception."""
        outer, self.undo = self.undo, []
        try:
            yield
        except BaseException:
            for take_back in reversed(self.undo):
                take_back()
            raise
        finally:
            self.undo = outer


class MemoryRecords:
    """See `Records`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def participant(self, participant_id: str, *, lock: bool) -> ParticipantRow | None:  # noqa: ARG002 - nobody else is here
        """See `Records`."""
        return self._database.participants.get(participant_id)

    def standing(self, participant_id: str, agreement_id: str) -> Standing:
        """See `Records`."""
        return self._database.standings.get(participant_id, {}).get(agreement_id, NO_STANDING)

    def set_standing(self, participant_id: str, agreement_id: str, new: Standing) -> None:
        """See `Records`."""
        held = self._database.standings.setdefault(participant_id, {})
        before = held.get(agreement_id)
        held[agreement_id] = new
        self._database.undo.append(lambda: _put_back(held, agreement_id, before))

    def terms(self) -> Terms:
        """See `Records`."""
        return self._database.terms

    def close_person(self, participant_id: str) -> None:
        """See `Records`."""
        database = self._database
        _keep(database, "participants", "keys", "standings")
        row = database.participants[participant_id]
        database.participants[participant_id] = row._replace(state="erasing", salt=None)
        del database.keys[participant_id]
        database.standings.pop(participant_id, None)

    def erasure_of(self, participant_id: str) -> int | None:
        """See `Records`."""
        return _erasures(self._database).get(participant_id)

    def is_enforced(self, seq: int) -> bool:
        """See `Records`."""
        partition = next(one.partition for one in self._database.changes if one.seq == seq)
        return not any(
            partition in one.partitions and one.next_seq <= seq
            for one in self._database.shards.values()
        )

    def forget_person(self, participant_id: str) -> None:
        """See `Records`."""
        database = self._database
        _keep(database, "participants", "journal", "disclosures", "events_by_person", "changes")
        row = database.participants[participant_id]
        database.participants[participant_id] = row._replace(state="erased", ledger_id=None)
        for key in database.events_by_person.pop(participant_id, ()):
            database.journal.pop(key)
            database.disclosures.pop(key, None)
        for at, one in enumerate(database.changes):
            if one.participant_id == participant_id:
                database.changes[at] = one._replace(participant_id=None)

    def append(self, leaves: Sequence[bytes]) -> range:
        """See `Records`."""
        log = self._database.leaves
        size = len(log)
        log.extend(leaves)
        self._database.undo.append(lambda: log.__delitem__(slice(size, None)))
        return range(size, len(log))

    def add_changes(self, changes: Sequence[ChangeRow]) -> None:
        """See `Records`."""
        feed = self._database.changes
        size = len(feed)
        feed.extend(changes)
        self._database.undo.append(lambda: feed.__delitem__(slice(size, None)))


class MemoryTransaction:
    """See `Transaction`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def take_over(self, shard_id: int) -> Hold:
        """See `Transaction`."""
        shard = self._database.shards.get(shard_id)
        if shard is None:
            raise BusError("There is no such shard.")
        shard.epoch += 1
        if shard.open_turn is not None:
            self._database.aborted_turns.add(shard.open_turn)
            shard.open_turn = None
        return Hold(shard_id, shard.epoch, shard.partitions)

    def fence(self, hold: Hold) -> Cursor:
        """See `Transaction`."""
        shard = self._database.shards[hold.shard_id]
        if shard.epoch != hold.epoch:
            raise FencedError("The shard was taken over.")
        return Cursor(shard.next_seq, shard.checked_at)

    def positions_of(
        self, topics: Sequence[str], partitions: Sequence[int]
    ) -> dict[tuple[str, int], int | None]:
        """See `Transaction`."""
        places = [(topic, partition) for topic in topics for partition in partitions]
        return {place: self._database.positions.get(place) for place in places}

    def last_change_of_terms(self) -> int | None:
        """See `Transaction`."""
        kinds = (
            one.seq for one in reversed(self._database.changes) if one.kind in CHANGES_OF_TERMS
        )
        return next(kinds, None)

    def terms(self) -> Terms:
        """See `Transaction`."""
        return self._database.terms

    def changes_since(self, cursor: Cursor, partitions: Sequence[int]) -> tuple[list[Change], int]:
        """See `Transaction`."""
        rows = [one for one in self._database.changes if one.seq >= cursor.next_seq]
        found = [
            Change(
                one.seq,
                Kind(one.kind),
                one.participant_id,
                one.agreement_id,
                one.service_id,
                one.recorded_at,
            )
            for one in rows
            if one.partition is None or one.partition in partitions
        ]
        return found, rows[-1].seq + 1 if rows else cursor.next_seq

    def expired_since(
        self, since: datetime, now: datetime, partitions: Sequence[int]
    ) -> list[tuple[str, str]]:
        """See `Transaction`."""
        return [
            (participant_id, agreement_id)
            for participant_id, held in self._database.standings.items()
            if self._database.participants[participant_id].partition in partitions
            for agreement_id, one in held.items()
            if one.until is not None and since < one.until <= now
        ]

    def people(self, participant_ids: Collection[str]) -> Mapping[str, PersonRow]:
        """See `Transaction`."""
        database = self._database
        return {
            one: PersonRow(
                database.participants[one].state,
                database.keys.get(one),
                dict(database.standings.get(one, {})),
            )
            for one in participant_ids
            if one in database.participants
        }

    def known_events(self, events: Collection[EventKey]) -> dict[EventKey, Known]:
        """See `Transaction`."""
        found = {}
        for key in events:
            rows = self._database.journal.get(key)
            if rows:
                provider_id = next(iter(rows.values())).provider_id
                found[key] = Known(provider_id, {one: row.digest for one, row in rows.items()})
        return found

    def add_to_journal(self, rows: Sequence[JournalRow]) -> None:
        """See `Transaction`."""
        for row in rows:
            key = row.participant_id, row.event_id
            held = self._database.journal.setdefault(key, {})
            if row.revision in held:
                raise ValueError("that revision is in the journal already")
            held[row.revision] = row
            self._database.events_by_person.setdefault(row.participant_id, set()).add(key)
            self._database.undo.append(partial(held.pop, row.revision))

    def sealed_events_of(self, participant_ids: Collection[str]) -> list[SealedEvent]:
        """See `Transaction`."""
        found = []
        for participant_id in sorted(participant_ids):
            for key in sorted(self._database.events_by_person.get(participant_id, ())):
                rows = self._database.journal[key]
                if rows:
                    found.append(SealedEvent(*key, rows[max(rows)].sealed))
        return found

    def last_disclosed(self, events: Collection[EventKey]) -> dict[EventKey, dict[str, Disclosed]]:
        """See `Transaction`."""
        found: dict[EventKey, dict[str, Disclosed]] = {}
        for key in events:
            for turn, one in self._database.disclosures.get(key, ()):
                found.setdefault(key, {})[one.agreement_id] = Disclosed(
                    one.mask, one.digest, one.issue, turn not in self._database.aborted_turns
                )
        return found

    def disclosed_of(self, participant_ids: Collection[str]) -> list[EventKey]:
        """See `Transaction`."""
        return [key for key in self._database.disclosures if key[0] in participant_ids]

    def erasures_of(self, participant_ids: Collection[str]) -> dict[str, int]:
        """See `Transaction`."""
        found = _erasures(self._database)
        return {one: found[one] for one in participant_ids if one in found}

    def open_turn(self, hold: Hold) -> int:
        """See `Transaction`."""
        shard = self._database.shards[hold.shard_id]
        before = shard.open_turn
        self._database.turns += 1
        shard.open_turn = self._database.turns
        self._database.undo.append(lambda: setattr(shard, "open_turn", before))
        return self._database.turns

    def add_disclosures(self, turn: int, rows: Sequence[NewDisclosure]) -> None:
        """See `Transaction`."""
        for row in rows:
            key = row.participant_id, row.event_id
            held = self._database.disclosures.setdefault(key, [])
            held.append((turn, row))
            self._database.undo.append(held.pop)

    def close_turn(
        self,
        hold: Hold,
        positions: Mapping[tuple[str, int], int],
        cursor: Cursor | None,
        enforced: Sequence[Enforced],
    ) -> None:
        """See `Transaction`."""
        shard = self._database.shards[hold.shard_id]
        before = shard.open_turn, shard.next_seq, shard.checked_at
        shard.open_turn = None
        if cursor is not None:
            shard.next_seq, shard.checked_at = cursor.next_seq, cursor.checked_at
        held = dict(self._database.positions)
        self._database.positions.update(positions)
        self._database.enforcement.update({one.seq: one for one in enforced})

        def take_back() -> None:
            shard.open_turn, shard.next_seq, shard.checked_at = before
            self._database.positions = held
            for one in enforced:
                self._database.enforcement.pop(one.seq, None)

        self._database.undo.append(take_back)


class MemoryStore:
    """See `Store`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    @contextmanager
    def begin(self) -> Iterator[MemoryTransaction]:
        """See `Store`."""
        with self._database.transaction():
            yield MemoryTransaction(self._database)

    def participants_in(
        self, partitions: Sequence[int], services: Sequence[str] | None
    ) -> Iterator[list[str]]:
        """See `Store`."""
        database = self._database
        users = {
            key[0]
            for key, rows in database.journal.items()
            if services is None or any(row.service_id in services for row in rows.values())
        }
        found = sorted(
            one.participant_id
            for one in database.participants.values()
            if one.partition in partitions and one.state == "active" and one.participant_id in users
        )
        for at in range(0, len(found), CHUNK):
            yield found[at : at + CHUNK]


def _erasures(database: MemoryDatabase) -> dict[str, int]:
    return {
        one.participant_id: one.seq
        for one in database.changes
        if one.kind == Kind.ERASED.value and one.participant_id is not None
    }


def _keep(database: MemoryDatabase, *tables: str) -> None:
    """Put whole tables back at a rollback: an erasure is rare."""
    before = {name: copy(getattr(database, name)) for name in tables}
    database.undo.append(lambda: vars(database).update(before))


def _put_back(held: dict[str, Standing], key: str, before: Standing | None) -> None:
    if before is None:
        held.pop(key, None)
    else:
        held[key] = before


def new_row(participant_id: str, ledger_id: UUID, partition: int, salt: bytes) -> ParticipantRow:
    """Return the row of somebody who was registered just now."""
    return ParticipantRow(participant_id, ledger_id, partition, "active", salt)
