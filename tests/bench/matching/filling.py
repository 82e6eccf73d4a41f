"""A register of very many people, filled in bulk with the rows that the register itself writes.

The register's own code reads, digests, seals and counts; only the statements are others: COPY, by
the superuser, with no trigger asked and the index of digests made at the end. Everybody is new, and
nothing is entered in the ledger. `demand_same_rows` holds a sample against the register's own rows.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import Any, Final, NamedTuple

from sqlalchemy import Column, Connection, create_engine, select, text
from typing_extensions import override

from consent_ledger.journal.vault import Vault
from consent_ledger.ledger.clock import system_clock
from consent_ledger.ledger.ledger import ChangeRow
from consent_ledger.register.asked import Registrant
from consent_ledger.register.changes import Changes
from consent_ledger.register.identity_rows import HeldKey, SealedTelling
from consent_ledger.register.looked import Looked
from consent_ledger.register.register import Register
from consent_ledger.register.register_rows import KnownReferences, NewParticipant, Reference
from consent_ledger.register.writing import write
from consent_ledger.tables.register import (
    counted_value,
    kept_identity,
    match_key,
    participant,
    provider_reference,
)
from consent_ledger.transaction import PostgresLedgerTransaction
from consent_ledger.transparency.note_keys import SigningKey
from schemas.identifiers import LedgerIndex, PassportNumber, ProviderId
from tests.bench.copied_rows import copy_rows
from tests.bench.matching.londoners import tellings
from tests.support.bus_settings import PARTITIONS, PEPPER

PROVIDER: Final = ProviderId("college-c")
JOURNAL_KEY: Final = bytes(32)
SIGNER: Final = SigningKey.generate("bench.example/ledger")
_NOBODY: Final = Looked(KnownReferences({}, frozenset()), {}, {}, {}, {}, {}, frozenset())
_TOGETHER: Final = 1_000
_COUNTED_TOGETHER: Final = 50_000
_SAMPLE: Final = 500
_PROCESSES: Final = 2
_INDEXES: Final = """
    SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE conrelid = 'ledger.match_key'::regclass AND contype = 'p'
"""
_DIGESTS_BY_PERSON: Final = "match_key_by_participant"


class Job(NamedTuple):
    """People to be entered by one process: their passport numbers, and the place of the first."""

    url: str
    numbers: Sequence[PassportNumber]
    first: int


class CopiedRows(PostgresLedgerTransaction):
    """Adds rows by COPY, and no entries; values are counted here until `count_all`."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, SIGNER, system_clock)
        self.counted = Counter[bytes]()

    @override
    def append(self, leaves: Sequence[bytes]) -> Sequence[LedgerIndex]:
        return [LedgerIndex(0)] * len(leaves)

    @override
    def add_changes(self, changes: Sequence[ChangeRow]) -> None:
        pass

    @override
    def add_participants(self, new: Sequence[NewParticipant]) -> None:
        copy_rows(self.connection, participant, NewParticipant._fields, new)

    @override
    def link_references(self, numbers: Mapping[Reference, PassportNumber]) -> None:
        rows = ((*reference, number) for reference, number in numbers.items())
        columns = ("provider_id", "digest", "participant_id")
        copy_rows(self.connection, provider_reference, columns, rows)

    @override
    def keep_identities(self, tellings: Collection[SealedTelling]) -> None:
        copy_rows(self.connection, kept_identity, SealedTelling._fields, tellings)

    @override
    def remember_keys(self, held: Collection[HeldKey]) -> None:
        rows = ((number, *key) for number, key in held)
        copy_rows(self.connection, match_key, ("participant_id", "kind", "digest"), rows)

    @override
    def count_up(self, people: Mapping[bytes, int]) -> None:
        self.counted.update(people)

    def count_all(self, counted: Mapping[bytes, int]) -> None:
        """Write down how many share each value."""
        left = iter(counted.items())
        while part := dict(islice(left, _COUNTED_TOGETHER)):
            super().count_up(part)


def registering(draw: Callable[[], PassportNumber]) -> Register:
    """Return the register that gives the numbers drawn, under the keys of every bus of tests."""
    vault = Vault([JOURNAL_KEY], PEPPER)
    return Register(pepper=PEPPER, vault=vault, partitions=PARTITIONS, draw=draw)


def seed_of(first: int) -> int:
    """Return the seed of those of whom the first has this place, of all who are entered."""
    return 1_000 + first


def fill(url: str, numbers: Sequence[PassportNumber], first: int) -> None:
    """Enter so many people, as the superuser, in two processes."""
    half = -(-len(numbers) // _PROCESSES)
    jobs = [
        Job(url, numbers[at : at + half], first + at) for at in range(0, len(numbers), half or 1)
    ]
    engine = create_engine(url)
    with engine.begin() as connection:
        (name, definition) = connection.execute(text(_INDEXES)).one()
        connection.execute(text(f"ALTER TABLE ledger.match_key DROP CONSTRAINT {name}"))
        connection.execute(text(f"DROP INDEX ledger.{_DIGESTS_BY_PERSON}"))
    with ProcessPoolExecutor(_PROCESSES, mp_context=get_context("spawn")) as processes:
        counted = sum(processes.map(_enter, jobs), Counter[bytes]())
    with engine.begin() as connection:
        _unhindered(connection)
        CopiedRows(connection).count_all(counted)
        connection.execute(text("SET maintenance_work_mem = '512MB'"))
        connection.execute(text(f"ALTER TABLE ledger.match_key ADD CONSTRAINT {name} {definition}"))
        connection.execute(
            text(f"CREATE INDEX {_DIGESTS_BY_PERSON} ON ledger.match_key (participant_id)")
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))  # as the server does by itself after a while
    engine.dispose()


def demand_same_rows(url: str, numbers: Sequence[PassportNumber]) -> None:
    """Raise AssertionError where rows in bulk are not those that the register writes by itself."""
    some = list(_people(0, min(_SAMPLE, len(numbers))))

    def in_bulk(connection: Connection) -> None:
        _enter_all(connection, registering(iter(numbers).__next__), some)

    def by_register(connection: Connection) -> None:
        tx = PostgresLedgerTransaction(connection, SIGNER, system_clock)
        registering(iter(numbers).__next__).register_all(tx, PROVIDER, some)

    engine = create_engine(url)
    found = []
    for entering in (in_bulk, by_register):
        with engine.connect() as connection:  # rolled back
            entering(connection)
            found.append([_rows(connection, *columns) for columns in _COMPARED])
    engine.dispose()
    assert found[0] == found[1], "rows in bulk are others than the register's"
    assert all(found[0]), "nothing was compared"


def _enter(job: Job) -> Counter[bytes]:
    """Enter the people of one process, each told of once; return how many share each value."""
    engine = create_engine(job.url)
    register = registering(iter(job.numbers).__next__)
    counted = Counter[bytes]()
    people = iter(_people(job.first, len(job.numbers)))
    while some := list(islice(people, _TOGETHER)):
        with engine.begin() as connection:
            _unhindered(connection)
            counted += _copied(connection, register, some)
    engine.dispose()
    return counted


def _enter_all(connection: Connection, register: Register, some: Sequence[Registrant]) -> None:
    CopiedRows(connection).count_all(_copied(connection, register, some))


def _copied(
    connection: Connection, register: Register, some: Sequence[Registrant]
) -> Counter[bytes]:
    tx, changes = CopiedRows(connection), Changes()
    asked = register.asked(tx, PROVIDER, some)
    register.answer_all(_NOBODY, asked, changes, tx.now().date())
    write(tx, changes, _NOBODY, Vault([JOURNAL_KEY], PEPPER))
    return tx.counted


def _people(first: int, count: int) -> Iterator[Registrant]:
    for person in tellings(count, seed_of(first), first=first):
        told = person[0]
        yield Registrant(told.identity, told.contact, f"{told.person}", is_new=True)


def _unhindered(connection: Connection) -> None:
    """Ask no trigger: rows refer to rows that were written just before."""
    connection.execute(text("SET session_replication_role = replica"))


_COMPARED: Final[tuple[tuple[Column[Any], ...], ...]] = (
    (
        participant.c.participant_id,
        participant.c.partition,
        participant.c.state,
        participant.c.key_epoch,
        participant.c.registered_by,
    ),
    (match_key.c.kind, match_key.c.digest, match_key.c.participant_id),
    (kept_identity.c.participant_id, kept_identity.c.digest),
    (counted_value.c.digest, counted_value.c.people),
    (
        provider_reference.c.provider_id,
        provider_reference.c.digest,
        provider_reference.c.participant_id,
    ),
)


def _rows(connection: Connection, *columns: Column[Any]) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in connection.execute(select(*columns))}
