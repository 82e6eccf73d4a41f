"""What a sweep asks of the filter's store in memory: whom it meets, and how far it has come."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from typing_extensions import override

from consent_ledger.filter.store import EventKey, FeedEntry, FilterTransaction, ShardLease
from consent_ledger.filter.sweep import BEGINNING, Part, Sweep
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import ChangeRow
from schemas.identifiers import EventId, LedgerIndex, PassportNumber, ServiceId
from tests.support.memory.database import MemoryDatabase

CHUNK = 2
"""People in a chunk: few, so that a sweep of everybody takes several."""


class MemorySweeps(FilterTransaction):
    """A transaction of a database in memory, as a sweep needs it."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    @override
    def entries(self, seqs: Collection[LedgerIndex]) -> list[FeedEntry]:
        return [entry_of(one) for one in self._database.changes if one.seq in seqs]

    @override
    def people_with_events(
        self,
        partitions: Sequence[int],
        services: Collection[ServiceId] | None,
        after: PassportNumber,
    ) -> list[PassportNumber]:
        database = self._database
        users = {
            key[0]
            for key, rows in database.journal.items()
            if services is None or any(row.service_id in services for row in rows.values())
        }
        return sorted(
            one.participant_id
            for one in database.participants.values()
            if one.partition in partitions
            and one.state != "erased"
            and one.participant_id in users
            and one.participant_id > after
        )[:CHUNK]

    @override
    def event_counts(
        self, participant_ids: Collection[PassportNumber], most: int
    ) -> dict[PassportNumber, int]:
        return {one: min(len(self.events_of(one)), most) for one in participant_ids}

    @override
    def end_of_part(
        self, participant_id: PassportNumber, after: EventId | None, count: int
    ) -> EventId | None:
        part = Part(after, None)
        found = [one for _, one in self.events_of(participant_id) if part.holds(one)]
        return found[count - 1] if len(found) > count else None

    def events_of(self, participant_id: PassportNumber) -> list[EventKey]:
        """Return the events of a participant, in the order of their ids."""
        keys = self._database.events_by_person.get(participant_id, ())
        return sorted(key for key in keys if self._database.journal[key])

    @override
    def sweeps(self, lease: ShardLease) -> list[Sweep]:
        people = self._database.participants
        found = [
            one
            for one in self._database.sweeps.values()
            if (
                one.shard_id == lease.shard_id
                if one.participant_id is None
                else people[one.participant_id].partition in lease.partitions
            )
        ]
        return sorted(found, key=lambda one: (one.participant_id is None, one.sweep_id))

    def _give_up_sweeps_of_everybody(self) -> None:
        self._database.keep("sweeps")
        self._database.sweeps = {
            sweep_id: sweep if sweep.participant_id else replace(sweep, after=BEGINNING)
            for sweep_id, sweep in self._database.sweeps.items()
        }

    def _note_sweeps(self, begun: Sequence[Sweep], swept: Sweep | None) -> None:
        if begun or swept is not None:
            self._database.keep("sweeps")
        for new in begun:
            self._database.sweeps_begun += 1
            sweep_id = self._database.sweeps_begun
            self._database.sweeps[sweep_id] = replace(new, sweep_id=sweep_id)
        if swept is not None and swept.after is None:
            self._database.sweeps.pop(swept.sweep_id, None)
        elif swept is not None and swept.sweep_id in self._database.sweeps:
            self._database.sweeps[swept.sweep_id] = swept


def entry_of(row: ChangeRow) -> FeedEntry:
    """Return an entry of the feed as the filter reads it."""
    return FeedEntry(
        row.seq,
        EntryKind(row.kind),
        row.participant_id,
        row.agreement_id,
        row.service_id,
        row.recorded_at,
    )
