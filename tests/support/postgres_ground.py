"""PostgreSQL, as a ground."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, delete, insert, select, text, update
from typing_extensions import override

from consent_ledger.audit.stored_facts import PostgresFacts, StoredFacts
from consent_ledger.consent.decisions import Standing
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.store import Waiting
from consent_ledger.filter.stored_sweeps import read_sweeps
from consent_ledger.filter.sweep import Sweep
from consent_ledger.journal.sealed_keys import Holder, SealedKey, begin_epoch
from consent_ledger.journal.vault import EPOCH_BYTES
from consent_ledger.register.passport_numbers import COLUMNS, ParticipantRow
from consent_ledger.tables import consent, delivery, metadata
from consent_ledger.tables.register import participant
from consent_ledger.tables.transparency_log import entry, head
from consent_ledger.transaction import PostgresLedger, PostgresLedgerTransaction
from consent_ledger.transparency.note_keys import SigningKey
from consent_ledger.transparency.transparency_log import Signer
from schemas.identifiers import AgreementId, EventId, PassportNumber
from tests.support.fakes import ManualClock
from tests.support.ground import Ground
from tests.support.memory.database import ShardRow

LEDGER_NAME: Final = "example.org/ledger"
_OF_NOBODY: Final = {"entry", "checkpoint", "agreement_version", "service", "provider"}
"""Terms are the same for everybody; what a leaf may say has its own tests."""


class PostgresGround(Ground):
    """A database in which the migrations have run. Checkpoints are signed with the key."""

    def __init__(
        self, engine: Engine, signer: Signer | None = None, clock: ManualClock | None = None
    ) -> None:
        self.engine = engine
        self.clock = clock or ManualClock()
        self.store = PostgresStore(engine)
        self.ledger = PostgresLedger(engine, signer or SigningKey.generate(LEDGER_NAME), self.clock)

    @override
    def begin(self) -> AbstractContextManager[PostgresLedgerTransaction]:
        return self.ledger.begin()

    @override
    @contextmanager
    def facts(self) -> Iterator[StoredFacts]:
        with self.engine.connect() as connection:
            yield PostgresFacts(connection)

    @property
    @override
    def leaves(self) -> Sequence[bytes]:
        with self.engine.connect() as connection:
            return list(connection.scalars(select(entry.c.leaf).order_by(entry.c.seq)))

    @property
    @override
    def participants(self) -> Mapping[PassportNumber, ParticipantRow]:
        with self.engine.connect() as connection:
            rows = connection.execute(select(*COLUMNS).order_by(participant.c.participant_id))
            return {row[0]: ParticipantRow(*row) for row in rows}

    @property
    @override
    def shards(self) -> Mapping[int, ShardRow]:
        with self.engine.connect() as connection:
            return {
                row.shard_id: ShardRow(
                    tuple(row.partitions), row.next_seq, row.checked_at, row.decided_until
                )
                for row in connection.execute(
                    select(delivery.shard)
                    .where(~delivery.shard.c.is_retired)
                    .order_by(delivery.shard.c.shard_id)
                )
            }

    @property
    @override
    def waiting(self) -> Mapping[Waiting, datetime]:
        with self.engine.connect() as connection:
            rows = connection.execute(select(delivery.waiting))
            return {Waiting(row[0], EventId(str(row[1])), row[2]): row[3] for row in rows}

    @property
    @override
    def sweeps(self) -> Sequence[Sweep]:
        shards = self.shards
        with self.engine.connect() as connection:
            rows = connection.execute(select(delivery.sweep).order_by(delivery.sweep.c.sweep_id))
            return [
                one
                for one in read_sweeps(rows)
                if one.participant_id is not None or one.shard_id in shards
            ]

    @override
    def add_person(self, row: ParticipantRow, sealed_key: bytes) -> None:
        with self.engine.begin() as connection:
            begin_epoch(connection, sealed_key[:EPOCH_BYTES], self.clock())
            connection.execute(
                insert(participant).values(
                    participant_id=row.participant_id,
                    ledger_id=row.ledger_id,
                    partition=row.partition,
                    salt=row.salt,
                    sealed_key=sealed_key,
                )
            )

    @override
    def forget_positions(self, partitions: Collection[int]) -> None:
        own = delivery.position.c.partition.in_(partitions)
        with self.engine.begin() as connection:
            connection.execute(delete(delivery.position).where(own))

    @override
    def bring_back(
        self, number: PassportNumber, sealed_key: bytes, standings: Mapping[AgreementId, Standing]
    ) -> None:
        self.take_away_again(number)
        with self.begin() as tx:
            tx.begin_epoch(sealed_key[:EPOCH_BYTES])
            tx.set_sealed_keys(Holder.PARTICIPANT, [SealedKey(number, sealed_key)])
            for agreement_id, one in standings.items():
                tx.set_standing(number, agreement_id, one)

    @override
    def take_away_again(self, number: PassportNumber) -> None:
        table = consent.standing
        with self.engine.begin() as connection:
            connection.execute(
                update(participant)
                .where(participant.c.participant_id == number)
                .values(sealed_key=None)
            )
            connection.execute(delete(table).where(table.c.participant_id == number))

    @override
    def text_beside(self, number: PassportNumber) -> bytes:
        with self.engine.connect() as connection:
            rows = [
                row._asdict()
                for table in metadata.sorted_tables
                if table.name not in _OF_NOBODY
                for row in connection.execute(select(table))
                if not (table is participant and row.participant_id == number)
            ]
        return repr(rows).encode()

    def clear(self) -> None:
        """Empty every table, also those from which nothing may be deleted."""
        names = ", ".join(table.fullname for table in metadata.sorted_tables)
        with self.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
            connection.execute(insert(head).values(size=0, state=b""))
