"""The filter's store on PostgreSQL."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from psycopg.errors import SerializationFailure
from sqlalchemy import Connection, Engine, Text, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import OperationalError

from consent_ledger.agreements.in_force import Terms, read_terms
from consent_ledger.consent.standings import standings_of
from consent_ledger.filter import changes, progress
from consent_ledger.filter.people import Name, PersonRow
from consent_ledger.filter.store import Change, Cursor, Enforced, EventKey, FencedError, Hold
from consent_ledger.journal import disclosures, journal
from consent_ledger.journal.disclosures import Disclosed, NewDisclosure, Place
from consent_ledger.journal.journal import JournalRow, Known, SealedEvent
from consent_ledger.register import passport_numbers
from consent_ledger.rights import erased_rows
from consent_ledger.tables.register import participant

_PEOPLE = select(
    participant.c.participant_id,
    participant.c.state,
    participant.c.sealed_key,
    passport_numbers.shown_as(),
    func.coalesce(participant.c.named_seq, -1),
).where(participant.c.participant_id == func.any(bindparam("ids", type_=ARRAY(Text))))


class PostgresTransaction:
    """See `Transaction`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.shard_id: int | None = None

    def take_over(self, shard_id: int) -> Hold:
        """See `Transaction`."""
        self.shard_id = shard_id
        return progress.take_over(self._connection, shard_id)

    def fence(self, hold: Hold) -> Cursor:
        """See `Transaction`."""
        self.shard_id = hold.shard_id
        return progress.fence(self._connection, hold)

    def positions_of(
        self, topics: Sequence[str], partitions: Sequence[int]
    ) -> dict[tuple[str, int], int | None]:
        """See `Transaction`."""
        return progress.positions_of(self._connection, topics, partitions)

    def last_change_of_terms(self) -> int | None:
        """See `Transaction`."""
        return changes.last_change_of_terms(self._connection)

    def terms(self) -> Terms:
        """See `Transaction`."""
        return read_terms(self._connection)

    def changes_since(self, cursor: Cursor, partitions: Sequence[int]) -> tuple[list[Change], int]:
        """See `Transaction`."""
        return changes.changes_since(self._connection, cursor, partitions)

    def expired_since(
        self, since: datetime, until: datetime, partitions: Sequence[int]
    ) -> list[tuple[str, str]]:
        """See `Transaction`."""
        return changes.expired_since(self._connection, since, until, partitions)

    def people(self, participant_ids: Collection[str]) -> Mapping[str, PersonRow]:
        """See `Transaction`."""
        if not participant_ids:
            return {}
        ids = sorted(participant_ids)
        rows = self._connection.execute(_PEOPLE, {"ids": ids}).all()
        standings = standings_of(self._connection, ids)
        return {
            participant_id: PersonRow(
                state, sealed_key, standings.get(participant_id, {}), Name(*name)
            )
            for participant_id, state, sealed_key, *name in rows
        }

    def known_events(self, events: Collection[EventKey]) -> dict[EventKey, Known]:
        """See `Transaction`."""
        return journal.known_events(self._connection, events)

    def add_to_journal(self, rows: Sequence[JournalRow]) -> None:
        """See `Transaction`."""
        journal.add_to_journal(self._connection, rows)

    def sealed_events_of(self, participant_ids: Collection[str]) -> list[SealedEvent]:
        """See `Transaction`."""
        return journal.sealed_events_of(self._connection, participant_ids)

    def last_disclosed(
        self, events: Collection[EventKey]
    ) -> dict[EventKey, dict[Place, Disclosed]]:
        """See `Transaction`."""
        return disclosures.last_disclosed(self._connection, events)

    def disclosed_of(self, participant_ids: Collection[str]) -> list[EventKey]:
        """See `Transaction`."""
        return disclosures.disclosed_of(self._connection, participant_ids)

    def erasures_of(self, participant_ids: Collection[str]) -> dict[str, int]:
        """See `Transaction`."""
        return erased_rows.erasures_of(self._connection, participant_ids)

    def open_turn(self, hold: Hold, now: datetime) -> int:
        """See `Transaction`."""
        return progress.open_turn(self._connection, hold, now)

    def add_disclosures(self, turn: int, rows: Sequence[NewDisclosure]) -> None:
        """See `Transaction`."""
        disclosures.add_disclosures(self._connection, turn, rows)

    def close_turn(
        self,
        hold: Hold,
        positions: Mapping[tuple[str, int], int],
        cursor: Cursor | None,
        enforced: Sequence[Enforced],
    ) -> None:
        """See `Transaction`."""
        progress.close_turn(self._connection, hold, positions, cursor, enforced)


class PostgresStore:
    """See `Store`. A transaction sees one state of the ledger: its terms belong to its people.

    Whoever loses a shard while it waits for its lock cannot go on in the state that it saw.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")

    @contextmanager
    def begin(self) -> Iterator[PostgresTransaction]:
        """See `Store`."""
        with self._engine.begin() as connection:
            transaction = PostgresTransaction(connection)
            try:
                yield transaction
            except OperationalError as error:
                shard_id = transaction.shard_id
                if shard_id is not None and isinstance(error.orig, SerializationFailure):
                    raise FencedError(shard_id) from None
                raise

    def participants_in(
        self, partitions: Sequence[int], services: Sequence[str] | None
    ) -> Iterator[list[str]]:
        """See `Store`."""
        with self._engine.connect() as connection:
            # no transaction is left open while a portion is sent
            connection.execution_options(isolation_level="AUTOCOMMIT")
            yield from changes.participants_in(connection, partitions, services)
