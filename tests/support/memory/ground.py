"""The database in memory, as a ground."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime

from typing_extensions import override

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.audit.stored_facts import (
    StoredDisclosure,
    StoredEvent,
    StoredFacts,
    StoredPerson,
    StoredWaiting,
)
from consent_ledger.consent.decisions import Standing
from consent_ledger.filter.store import Waiting
from consent_ledger.filter.sweep import Sweep
from consent_ledger.journal.vault import EPOCH_BYTES
from consent_ledger.register.passport_numbers import ParticipantRow
from schemas.categories import NOTHING
from schemas.identifiers import AgreementId, PassportNumber
from tests.support.fakes import ManualClock
from tests.support.ground import Ground
from tests.support.memory.database import MemoryDatabase, ShardRow
from tests.support.memory.store import MemoryStore
from tests.support.memory.transaction import MemoryLedgerTransaction

_OF_NOBODY = {"terms", "leaves"}
"""Terms are the same for everybody; what a leaf may say has its own tests."""


class MemoryGround(Ground):
    """Tables in memory, at first empty."""

    def __init__(self, database: MemoryDatabase | None = None) -> None:
        self.clock = ManualClock()
        self.database = database or MemoryDatabase(AgreementsInForce({}, {}, frozenset()))
        self.store = MemoryStore(self.database)
        self.tx = MemoryLedgerTransaction(self.database, self.clock)

    @override
    def begin(self) -> AbstractContextManager[MemoryLedgerTransaction]:
        return self.database.transaction(self.tx)

    @override
    @contextmanager
    def facts(self) -> Iterator[StoredFacts]:
        yield MemoryFacts(self.database)

    @property
    @override
    def leaves(self) -> Sequence[bytes]:
        return self.database.leaves

    @property
    @override
    def participants(self) -> Mapping[PassportNumber, ParticipantRow]:
        return self.database.participants

    @property
    @override
    def shards(self) -> Mapping[int, ShardRow]:
        rows = self.database.shards.items()
        return {shard_id: row for shard_id, row in rows if not row.is_retired}

    @property
    @override
    def waiting(self) -> Mapping[Waiting, datetime]:
        return self.database.waiting

    @property
    @override
    def sweeps(self) -> Sequence[Sweep]:
        shards = self.shards
        return [
            one
            for one in self.database.sweeps.values()
            if one.participant_id is not None or one.shard_id in shards
        ]

    @override
    def add_person(self, row: ParticipantRow, sealed_key: bytes) -> None:
        self.database.participants[row.participant_id] = row
        self.database.keys[row.participant_id] = sealed_key
        self.database.epochs.add(sealed_key[:EPOCH_BYTES])

    @override
    def forget_positions(self, partitions: Collection[int]) -> None:
        for place in [one for one in self.database.positions if one[1] in partitions]:
            del self.database.positions[place]

    @override
    def bring_back(
        self, number: PassportNumber, sealed_key: bytes, standings: Mapping[AgreementId, Standing]
    ) -> None:
        self.database.keys[number] = sealed_key
        self.database.epochs.add(sealed_key[:EPOCH_BYTES])
        self.database.standings[number] = dict(standings)

    @override
    def take_away_again(self, number: PassportNumber) -> None:
        self.database.keys.pop(number, None)
        self.database.standings.pop(number, None)

    @override
    def text_beside(self, number: PassportNumber) -> bytes:
        tables = {
            name: rows for name, rows in vars(self.database).items() if name not in _OF_NOBODY
        }
        tables["participants"] = {
            one: row for one, row in self.database.participants.items() if one != number
        }
        return repr(tables).encode()


class MemoryFacts(StoredFacts):
    """What the audit reads of the tables in memory."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    @override
    def leaves(self) -> Iterable[bytes]:
        return self._database.leaves

    @override
    def people(self) -> Iterable[StoredPerson]:
        for one in self._database.participants.values():
            if one.state == "active" and one.salt is not None:
                key = self._database.keys[one.participant_id]
                yield StoredPerson(one.participant_id, str(one.ledger_id), one.salt, key)

    @override
    def events(self, people: Collection[PassportNumber]) -> Iterable[StoredEvent]:
        for key in sorted(key for key in self._database.journal if key[0] in people):
            rows = self._database.journal[key]
            for revision in sorted(rows):
                row = rows[revision]
                yield StoredEvent._make(getattr(row, name) for name in StoredEvent._fields)

    @override
    def disclosures(self, people: Collection[PassportNumber]) -> Iterable[StoredDisclosure]:
        for key, rows in self._database.disclosures.items():
            if key[0] not in people:
                continue
            last = {(one.agreement_id, one.shown_as): one for _, one in rows}
            for place, one in last.items():
                yield StoredDisclosure(*key, *place, one.issue, one.mask == NOTHING, one.decided_by)

    @override
    def waiting(self) -> Iterable[StoredWaiting]:
        return (StoredWaiting(*row, since) for row, since in self._database.waiting.items())
