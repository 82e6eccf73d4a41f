"""The filter's store on PostgreSQL."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Self

from psycopg.errors import SerializationFailure
from sqlalchemy import Connection, Engine, Text, func, select
from sqlalchemy.exc import OperationalError
from typing_extensions import override

from consent_ledger.agreements.in_force import AgreementsInForce, read_agreements
from consent_ledger.consent.standings import standings_of
from consent_ledger.filter.changes import LedgerChanges
from consent_ledger.filter.people import PersonRow, ShownAs
from consent_ledger.filter.progress import ShardProgress
from consent_ledger.filter.store import EventKey, FencedError, Store
from consent_ledger.filter.stored_sweeps import StoredSweeps
from consent_ledger.filter.sweep import ALL_EVENTS, Part
from consent_ledger.filter.waiting import WaitingEvents
from consent_ledger.journal import disclosures, journal, sealed_keys
from consent_ledger.journal.array_text import array_of
from consent_ledger.journal.disclosures import Disclosed, NewDisclosure, TrayPlace
from consent_ledger.journal.journal import JournalRow, Known, SealedEvent
from consent_ledger.ledger.erasures import erasures_of
from consent_ledger.register import passport_numbers
from consent_ledger.tables.register import participant
from schemas.identifiers import EventId, LedgerIndex, PassportNumber

_PEOPLE = select(
    participant.c.participant_id,
    participant.c.state,
    participant.c.sealed_key,
    passport_numbers.shown_as(),
    func.coalesce(participant.c.named_seq, -1),
).where(participant.c.participant_id == func.any(array_of("ids", Text)))


class PostgresFilterTransaction(ShardProgress, StoredSweeps, LedgerChanges, WaitingEvents):
    """One transaction of a connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.shard_id = None
        self.outlook = None

    @override
    def agreements_in_force(self) -> AgreementsInForce:
        return read_agreements(self.connection)

    @override
    def people(
        self, participant_ids: Collection[PassportNumber]
    ) -> Mapping[PassportNumber, PersonRow]:
        if not participant_ids:
            return {}
        ids = sorted(participant_ids)
        rows = self.connection.execute(_PEOPLE, {"ids": ids}).all()
        standings = standings_of(self.connection, ids)
        return {
            participant_id: PersonRow(
                state, sealed_key, standings.get(participant_id, {}), ShownAs(*name)
            )
            for participant_id, state, sealed_key, *name in rows
        }

    @override
    def known_events(self, events: Collection[EventKey]) -> dict[EventKey, Known]:
        return journal.known_events(self.connection, events)

    @override
    def add_to_journal(self, rows: Iterable[JournalRow]) -> None:
        journal.add_to_journal(self.connection, rows)

    @override
    def sealed_events_of(
        self, participant_ids: Collection[PassportNumber], part: Part = ALL_EVENTS
    ) -> list[SealedEvent]:
        return journal.sealed_events_of(self.connection, participant_ids, *part)

    @override
    def event_counts(
        self, participant_ids: Collection[PassportNumber], most: int
    ) -> dict[PassportNumber, int]:
        return journal.event_counts(self.connection, participant_ids, most)

    @override
    def end_of_part(
        self, participant_id: PassportNumber, after: EventId | None, count: int
    ) -> EventId | None:
        return journal.end_of_part(self.connection, participant_id, after, count)

    @override
    def last_disclosed(
        self, events: Collection[EventKey]
    ) -> dict[EventKey, dict[TrayPlace, Disclosed]]:
        return disclosures.last_disclosed(self.connection, events)

    @override
    def disclosed_of(
        self, participant_ids: Collection[PassportNumber], part: Part = ALL_EVENTS
    ) -> list[EventKey]:
        return disclosures.disclosed_of(self.connection, participant_ids, *part)

    @override
    def erasures_of(
        self, participant_ids: Collection[PassportNumber]
    ) -> dict[PassportNumber, LedgerIndex]:
        return erasures_of(self.connection, participant_ids)

    @override
    def key_epochs(self) -> set[bytes]:
        return sealed_keys.epochs(self.connection)

    @override
    def keep_letter_keys(self, new: Mapping[str, bytes]) -> Mapping[str, bytes]:
        return sealed_keys.keep_letter_keys(self.connection, new)

    @override
    def add_disclosures(self, turn: int, rows: Iterable[NewDisclosure]) -> None:
        disclosures.add_disclosures(self.connection, turn, rows)


class PostgresStore(Store):
    """The store on an engine. A transaction sees one state of the ledger: terms fit its people.

    A process that loses a shard while it waits for its lock cannot go on in the state that it saw.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine.execution_options(isolation_level="REPEATABLE READ")
        self._held: Connection | None = None

    @contextmanager
    def held(self) -> Iterator[Self]:
        """Give the store for one transaction after the other, all of one connection.

        A turn would wait each time until the pool's connection has answered that it holds.
        """
        with self._engine.connect() as connection:
            self._held = connection
            try:
                yield self
            finally:
                self._held = None

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        if self._held is None:
            with self._engine.begin() as connection:
                yield connection
        else:
            with self._held.begin():
                yield self._held

    @override
    @contextmanager
    def begin(self) -> Iterator[PostgresFilterTransaction]:
        with self._begun() as connection:
            transaction = PostgresFilterTransaction(connection)
            try:
                yield transaction
            except OperationalError as error:
                shard_id = transaction.shard_id
                if shard_id is not None and isinstance(error.orig, SerializationFailure):
                    raise FencedError(shard_id) from None
                raise
