"""A log's rows, as verification reads them: from PostgreSQL, or from a copy in memory."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Connection as PsycopgConnection
from sqlalchemy import Connection, Select, select, text
from sqlalchemy.exc import InternalError

from consent_ledger.tables import transparency_log as tables
from consent_ledger.transparency.key_change import KeyChange
from consent_ledger.transparency.transparency_log import TransparencyLogError

_ROWS_AT_A_TIME: Final = 5000


@dataclass(frozen=True, slots=True)
class LogRows:
    """The rows of one moment, each kind in its order; they are read once.

    `head` is the head row's size and state, `checkpoints` are (size, note), `entries` (seq, leaf,
    hashes). `key_changes` are out of the entries: they must be known before a checkpoint is read.
    """

    head: tuple[int, bytes] | None
    checkpoints: Iterable[tuple[int, str]]
    entries: Iterable[tuple[int, bytes, bytes]]
    key_changes: tuple[KeyChange, ...] = ()


@contextmanager
def stored_log(connection: Connection) -> Iterator[LogRows]:
    """Give the log's rows of this moment; TransparencyLogError in the middle of a transaction."""
    entry, head, checkpoint = tables.entry.c, tables.head.c, tables.checkpoint.c
    _take_snapshot(connection)
    stated = connection.execute(select(head.size, head.state)).one_or_none()
    with (
        stream(connection, select(checkpoint.size, checkpoint.note).order_by("size")) as notes,
        stream(connection, select(entry.seq, entry.leaf, entry.hashes).order_by("seq")) as entries,
    ):
        yield LogRows(
            (stated.size, bytes(stated.state)) if stated else None,
            notes,
            entries,
            key_changes(connection),
        )


def key_changes(connection: Connection) -> tuple[KeyChange, ...]:
    """Return the entries that change the log's key."""
    entry = tables.entry.c
    rows = connection.execute(
        select(entry.seq, entry.leaf).where(text(tables.IS_KEY_CHANGE)).order_by(entry.seq)
    )
    found = (KeyChange.of(seq, bytes(leaf)) for seq, leaf in rows)
    return tuple(change for change in found if change is not None)


@contextmanager
def stream(connection: Connection, rows: Select[Any]) -> Iterator[Iterable[Any]]:
    """Read rows through a server-side cursor, in binary form: twice as fast as by SQLAlchemy."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, PsycopgConnection):
        raise TransparencyLogError(
            "The log is read through psycopg, and this connection is another driver's.",
            "Give a database URL that starts with postgresql+psycopg://",
        )
    statement = rows.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    with driver.cursor(f"rows_{id(rows)}", binary=True) as cursor:
        cursor.itersize = _ROWS_AT_A_TIME
        yield cursor.execute(str(statement).replace("%%", "%").encode())


def _take_snapshot(connection: Connection) -> None:
    try:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    except InternalError as error:  # PostgreSQL refuses this once a query has been made
        raise TransparencyLogError(
            "The log cannot be verified in the middle of a transaction.",
            "Give a connection that has neither read nor written anything yet.",
        ) from error
