"""Many rows at once: added by COPY, seven times cheaper than INSERT, or asked for by arrays."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final
from uuid import UUID

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Connection,
    Delete,
    FromClause,
    Select,
    Table,
    TableValuedAlias,
    Text,
    Uuid,
    column,
    delete,
    func,
    select,
    true,
)

from consent_ledger.journal.array_text import array_of
from consent_ledger.journal.copy_format import SIGNATURE, TRAILER
from schemas.errors import BusError, DatabaseUrlError
from schemas.identifiers import EventId, PassportNumber

_TOGETHER: Final = 200
"""Rows that are given to the driver at once: each time takes it as long as a row."""


class _StoppedError(BusError):
    """In place of what stopped the rows: PostgreSQL is told its text, and writes it in its log."""

    def __init__(self, why: Exception) -> None:
        super().__init__("The rows ended early.", "What is raised in its place says why.")
        self.why = why


def copy_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[bytes]
) -> None:
    """Add rows, each as `copy_format.row_of` returns it, with a field for each of the columns.

    What fails while a row is made is raised here, and not told to PostgreSQL.

    Raises DatabaseUrlError where the driver is not psycopg.
    """
    try:
        with driver_of(connection).cursor() as cursor, cursor.copy(copying(table, columns)) as copy:
            try:
                for some in _portions(rows):
                    copy.write(some)
            except Exception as error:  # noqa: BLE001 - it is raised below
                raise _StoppedError(error) from None
    except _StoppedError as stopped:
        raise stopped.why from None


def driver_of(connection: Connection) -> PsycopgConnection[Any]:
    """Return the driver's own connection, which knows COPY.

    Raises DatabaseUrlError where the driver is not psycopg.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, PsycopgConnection):
        raise DatabaseUrlError
    return driver


def copying(table: Table, columns: Sequence[str]) -> sql.Composed:
    """Return the statement by which rows of these columns are taken in binary form."""
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table.schema or "public", table.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )


def _portions(rows: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the whole of a binary COPY."""
    yield SIGNATURE
    left = iter(rows)
    while some := b"".join(islice(left, _TOGETHER)):
        yield some
    yield TRAILER


def for_each(query: Select[*tuple[Any, ...]], name: str) -> FromClause:
    """Return a query by this name, to be run for each row that it is joined with.

    PostgreSQL's planner would rather join otherwise, and read a whole table in place of thousands
    of look-ups in its index: OFFSET 0 keeps it from that.
    """
    return query.offset(0).lateral(name)


def is_of(table: Table, asked: TableValuedAlias) -> list[ColumnElement[bool]]:
    """Return the conditions of a table's rows that have what is asked for, by columns' names."""
    return [table.c[wanted.name] == wanted for wanted in asked.c]


def deletion_of(table: Table, asked: TableValuedAlias) -> Delete:
    """Return a statement that deletes the rows asked for, each found by itself, by its place."""
    place: ColumnClause[Any] = column("ctid")
    found = for_each(select(place).select_from(table).where(*is_of(table, asked)), "found")
    places = select(found.c.ctid).join_from(asked, found, true()).scalar_subquery()
    return delete(table).where(place == func.any(func.array(places)))


def asked_events() -> TableValuedAlias:
    """Return a table to join with: columns `participant_id` and `event_id`, a row each.

    Its rows are given when the statement is executed, see `asking_for`: so it is built once. To
    build it in each turn of the filter costs as much as to execute it.
    """
    return (
        func.unnest(
            array_of("asked_participants", Text),
            array_of("asked_events", Uuid),
        )
        .table_valued("participant_id", "event_id", name="asked")
        .render_derived()
    )


def asking_for(events: Iterable[tuple[PassportNumber, EventId]]) -> dict[str, list[str]]:
    """Return the parameters of a statement with `asked_events`."""
    pairs = list(events)
    return {
        "asked_participants": [participant_id for participant_id, _ in pairs],
        "asked_events": [event_id for _, event_id in pairs],
    }


def between(
    event_id: ColumnElement[UUID], after: EventId | None, upto: EventId | None
) -> list[ColumnElement[bool]]:
    """Return the conditions of an event behind the one, if it is given, and up to the other.

    Each is a condition only where it is one: with a parameter that may be null an index on the
    column would be read from its beginning.
    """
    conditions = []
    if after is not None:
        conditions.append(event_id > UUID(after))
    if upto is not None:
        conditions.append(event_id <= UUID(upto))
    return conditions
