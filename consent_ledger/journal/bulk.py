"""Many rows at once: added by COPY, seven times cheaper than INSERT, or asked for by arrays."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import Connection, Table, TableValuedAlias, Text, Uuid, func

from consent_ledger.journal.array_text import array_of
from schemas.errors import BusError, DatabaseUrlError
from schemas.identifiers import EventId, PassportNumber


class _StoppedError(BusError):
    """In place of what stopped the rows: PostgreSQL is told its text, and writes it in its log."""

    def __init__(self, why: Exception) -> None:
        super().__init__("The rows ended early.", "What is raised in its place says why.")
        self.why = why


def copy_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add rows to a table in binary form; DatabaseUrlError where the driver is not psycopg.

    What fails while a row is made or written is raised here, and not told to PostgreSQL.
    """
    driver = connection.connection.driver_connection
    if not isinstance(driver, PsycopgConnection):
        raise DatabaseUrlError
    types = [
        table.c[name].type.compile(dialect=connection.dialect).partition(" ")[0].lower()
        for name in columns
    ]
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table.schema or "public", table.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(types)
            try:
                for row in rows:
                    copy.write_row(row)
            except Exception as error:  # noqa: BLE001 - it is raised below
                raise _StoppedError(error) from None
    except _StoppedError as stopped:
        raise stopped.why from None


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
