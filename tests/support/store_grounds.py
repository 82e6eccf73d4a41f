"""The filter's store and the ledger's records of one database: PostgreSQL's, or the one in memory.

What they must do is said once, in the conformance suites, and run on both.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import uuid4

from sqlalchemy import create_engine, insert

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shards import create_shards
from consent_ledger.filter.store import Store
from consent_ledger.ledger.ledger import ChangeRow
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.tables.register import participant
from consent_ledger.transaction import PostgresLedgerTransaction
from consent_ledger.transparency.note_keys import SigningKey
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber
from tests.simulation.database import MemoryDatabase, ShardRow
from tests.simulation.store import MemoryStore
from tests.simulation.transaction import MemoryLedgerTransaction

T = TypeVar("T")

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
PARTITIONS = 4
SHARDS = 2
SALT = bytes(16)
KEY = b"a sealed key"
NUMBERS = (
    PassportNumber("NWD-SAMP-1E00-9"),
    PassportNumber("NWD-SAMP-1E01-B"),
    PassportNumber("NWD-SAMP-2B00-2"),
)


@dataclass
class Ground:
    """One database with two shards and nobody in it."""

    store: Store
    recording: Callable[[], AbstractContextManager[LedgerTransaction]]
    register: Callable[[PassportNumber, int], None]

    def record(
        self,
        kind: str,
        participant_id: PassportNumber | None = None,
        partition: int | None = None,
        *,
        agreement_id: AgreementId | None = None,
        with_seq: LedgerIndex | None = None,
    ) -> int:
        """Append an entry with its row in the feed, and return its number."""
        with self.recording() as records:
            (seq,) = records.append([b"{}"])
            row = ChangeRow(seq, kind, participant_id, partition, agreement_id, None, with_seq, NOW)
            records.add_changes([row])
        return seq


class FailedError(Exception):
    """What makes a transaction fail."""


@contextmanager
def failing(transaction: AbstractContextManager[T]) -> Iterator[T]:
    """Give a transaction whose block does its work and then fails."""
    with suppress(FailedError), transaction as begun:
        yield begun
        raise FailedError


@contextmanager
def memory_ground() -> Iterator[Ground]:
    """Give the database in memory."""
    database = MemoryDatabase(AgreementsInForce({}, {}, frozenset()))
    for shard_id in range(SHARDS):
        database.shards[shard_id] = ShardRow(_own(shard_id), 0, NOW, NOW)

    @contextmanager
    def recording() -> Iterator[LedgerTransaction]:
        with database.transaction(MemoryLedgerTransaction(database, lambda: NOW)) as tx:
            yield tx

    def register(participant_id: PassportNumber, partition: int) -> None:
        database.participants[participant_id] = ParticipantRow(
            participant_id, uuid4(), partition, "active", SALT
        )
        database.keys[participant_id] = KEY

    yield Ground(MemoryStore(database), recording, register)


@contextmanager
def postgres_ground(url: str) -> Iterator[Ground]:
    """Give a PostgreSQL in which the migrations have run."""
    engine = create_engine(url, hide_parameters=True)
    key = SigningKey.generate("example.org/ledger")
    with engine.begin() as connection:
        create_shards(connection, PARTITIONS, SHARDS, NOW)

    @contextmanager
    def recording() -> Iterator[LedgerTransaction]:
        with engine.begin() as connection:
            yield PostgresLedgerTransaction(connection, key, lambda: NOW)

    def register(participant_id: PassportNumber, partition: int) -> None:
        with engine.begin() as connection:
            connection.execute(
                insert(participant).values(
                    participant_id=participant_id,
                    ledger_id=uuid4(),
                    partition=partition,
                    salt=SALT,
                    sealed_key=KEY,
                )
            )

    try:
        yield Ground(PostgresStore(engine), recording, register)
    finally:
        engine.dispose()


def _own(shard_id: int) -> tuple[int, ...]:
    return tuple(range(shard_id, PARTITIONS, SHARDS))


def everybody(ground: Ground, partitions: Sequence[int] = (0, 1, 2)) -> tuple[PassportNumber, ...]:
    """Register the sample numbers, on these partitions."""
    for number, partition in zip(NUMBERS, partitions, strict=True):
        ground.register(number, partition)
    return NUMBERS
