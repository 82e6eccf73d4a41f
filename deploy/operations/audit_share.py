"""A process of an audit: it gathers its share, and tells the one that started it what there is.

It imports little: to start it takes as long as to audit some thousands of records.
"""

import os
import sys
import threading
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from consent_ledger.audit.facts import read_facts
from consent_ledger.audit.gathering import Gathered, Gathering
from consent_ledger.audit.shares import Share
from consent_ledger.audit.spool import Portions, Spool
from consent_ledger.audit.stored_facts import PostgresFacts
from consent_ledger.journal.vault import Vault
from consumers.tray_reader import read_tray
from deploy.home.secret_files import read_journal_keys
from deploy.migrations.database import application_engine, away, let_it_be_long
from deploy.operations.garbage import collecting_when_called
from schemas.errors import BusError
from schemas.kafka_connection import KafkaConnection

COLLECTED_EVERY: Final = 10
"""So many steps of the progress are between two collections of garbage: 10,000 records."""


class Task(NamedTuple):
    """What a process is told at its beginning.

    `snapshot` is the one that PostgreSQL has exported, `spools` are descriptors of two open files,
    `key` is what is set aside there sealed with.
    """

    share: Share
    now: datetime
    partitions: int
    snapshot: str
    database_url: str
    kafka: KafkaConnection
    home: Path
    journal_keys: tuple[bytes, ...]
    pepper: bytes
    spools: tuple[int, int]
    key: bytes


class HowFar(NamedTuple):
    """What a process is doing, how far it is, and of how much, None where nobody knows."""

    what: str
    done: int
    total: int | None


class Failure(NamedTuple):
    """The error that has ended a process, in its two texts."""

    message: str
    hint: str


class GatheredShare(NamedTuple):
    """What a process has gathered in the end, and where in its files the records are."""

    gathered: Gathered
    wanted: Portions
    held: Portions


def main() -> None:
    """Gather a share, as the process whose descriptor is the argument tells it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with Connection(int(sys.argv[1])) as connection:
        try:
            _gather(connection, connection.recv())
        except BusError as error:
            connection.send(Failure(error.message, error.hint))


def _end_with_parent() -> None:
    """End this process when nobody has the other end of its standard input any more."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


def _gather(connection: Connection, task: Task) -> None:
    vault = Vault(task.journal_keys, task.pepper, lambda: read_journal_keys(task.home))
    engine = application_engine(task.database_url)
    wanted, held = (Spool(os.fdopen(number, "w+b", 0), task.key) for number in task.spools)
    try:
        with (
            engine.connect().execution_options(isolation_level="REPEATABLE READ") as database,
            collecting_when_called(COLLECTED_EVERY) as collect,
        ):

            def go_on(what: str, done: int, total: int | None) -> None:
                collect()
                connection.send(HowFar(what, done, total))

            database.execute(text(f"SET TRANSACTION SNAPSHOT '{task.snapshot}'"))
            let_it_be_long(database)
            stored = PostgresFacts(database)
            facts = read_facts(stored, task.pepper, task.partitions, task.now, task.share)
            with Gathering(facts, vault, go_on, wanted, held) as gathering:
                gathering.take_journal(stored)
                connection.send(gathering.gathered)
                read_share = partial(read_tray, task.kafka, is_read=task.share.has_partition)
                gathering.take_trays(read_share, connection.recv())
                wanted.write_all()
                held.write_all()
                connection.send(GatheredShare(gathering.gathered, wanted.written, held.written))
    except OperationalError as error:
        raise away(task.database_url, error) from None
