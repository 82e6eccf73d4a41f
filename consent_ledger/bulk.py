"""Many rows at once: added by COPY, seven times cheaper than INSERT, or asked for by arrays."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import Connection, Table, TableValuedAlias, Text, Uuid, cast, func
from sqlalchemy.dialects.postgresql import ARRAY


def copy_rows(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Add rows to a table in the connection's transaction. Values go in binary form."""
    driver = connection.connection.driver_connection
    if not isinstance(driver, PsycopgConnection):
        raise TypeError("COPY needs a psycopg connection")
    types = [
        table.c[name].type.compile(dialect=connection.dialect).partition(" ")[0].lower()
        for name in columns
    ]
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table.schema or "public", table.name),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def asked_events(events: Iterable[tuple[str, str]]) -> TableValuedAlias:
    """Return a table to join with: columns `participant_id` and `event_id`, a row each."""
    pairs = list(events)
    return (
        func.unnest(
            cast([participant_id for participant_id, _ in pairs], ARRAY(Text)),
            cast([event_id for _, event_id in pairs], ARRAY(Uuid)),
        )
        .table_valued("participant_id", "event_id", name="asked")
        .render_derived()
    )
