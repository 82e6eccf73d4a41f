"""Verifies the stored log from its first entry to its last, trusting the log's key alone.

One pass in one snapshot, so appends may go on meanwhile: every leaf is hashed again, and at
every checkpoint's size the tree must have the root that was signed.
"""

import heapq
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import attrgetter
from typing import Any, Final

from psycopg import Connection as PsycopgConnection
from sqlalchemy import Connection, Select, select, text
from sqlalchemy.exc import InternalError

from consent_ledger.tables import log as tables
from consent_ledger.transparency.checkpoint import open_checkpoint
from consent_ledger.transparency.log_follower import Claim, LogFollower
from consent_ledger.transparency.log_report import LogReport
from consent_ledger.transparency.note_keys import NoteError, VerifierKey
from consent_ledger.transparency.transparency_log import TransparencyLogError

_ROWS_AT_A_TIME: Final = 5000


def verify(
    connection: Connection, key: VerifierKey, known_checkpoint: str | bytes | None = None
) -> LogReport:
    """Recompute the whole log and report what is wrong, naming the first bad entries.

    `known_checkpoint` is one that was kept outside the database: without it nobody can tell that
    a log was cut short, or written anew by the holder of the key. Raises NoteError when it is
    not this log's, and TransparencyLogError when it is of no entries, which proves nothing, or
    when the connection is in the middle of a transaction.
    """
    outside = [] if known_checkpoint is None else [_outside_claim(key, known_checkpoint)]
    entry, head, checkpoint = tables.entry.c, tables.head.c, tables.checkpoint.c
    notes = select(checkpoint.size, checkpoint.note).order_by(checkpoint.size)
    leaves = select(entry.seq, entry.leaf, entry.hashes).order_by(entry.seq)
    _take_snapshot(connection)
    stated = connection.execute(select(head.size, head.state)).one_or_none()
    with (
        _stream(connection, "stored_checkpoints", notes) as stored,
        _stream(connection, "stored_entries", leaves) as rows,
    ):
        claims = heapq.merge(_stored_claims(key, stored), outside, key=attrgetter("size"))
        follower = LogFollower(claims)
        follower.follow(rows)
        return follower.finish((stated.size, stated.state) if stated else None)


def _outside_claim(key: VerifierKey, note: str | bytes) -> Claim:
    known = open_checkpoint(note, [key])
    if known.size == 0:
        raise TransparencyLogError(
            "The checkpoint to compare with is of a log without entries: it proves nothing.",
            "Give one that was kept after the first entry.",
        )
    return Claim(known.size, known.root, is_outside=True)


def _stored_claims(key: VerifierKey, notes: Iterable[Any]) -> Iterator[Claim]:
    for size, note in notes:
        try:
            checkpoint = open_checkpoint(note, [key])
        except NoteError:
            yield Claim(size, None)
        else:
            yield Claim(size, checkpoint.root if checkpoint.size == size else None)


def _take_snapshot(connection: Connection) -> None:
    try:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    except InternalError as error:  # PostgreSQL refuses this once a query has been made
        raise TransparencyLogError(
            "The log cannot be verified in the middle of a transaction.",
            "Give a connection that has neither read nor written anything yet.",
        ) from error


@contextmanager
def _stream(connection: Connection, name: str, rows: Select[Any]) -> Iterator[Iterable[Any]]:
    """Read rows through a server-side cursor, in binary form: twice as fast as by SQLAlchemy."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, PsycopgConnection):
        raise TransparencyLogError(
            "The log is read through psycopg, and this connection is another driver's.",
            "Give a database URL that starts with postgresql+psycopg://",
        )
    with driver.cursor(name, binary=True) as cursor:
        cursor.itersize = _ROWS_AT_A_TIME
        yield cursor.execute(str(rows).encode())
