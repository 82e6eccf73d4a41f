"""Replaces the rows of events, in bulk: those of one event of one participant belong together."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Delete, Table, Text, func

from consent_ledger.journal.array_text import array_of
from consent_ledger.journal.bulk import copying, deletion_of, driver_of
from consumers.changes import Change


def replace_rows(
    connection: Connection,
    table: Table,
    changes: Iterable[Change],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Delete the rows of every event that the changes name, and add these.

    The table's first two columns are participant and event; a row has all columns in their order.
    Rows go in by binary COPY, and PostgreSQL takes them while the next ones are made.

    Raises DatabaseUrlError where the driver is not psycopg.
    """
    keys = [(change.participant, change.event_id) for change in changes]
    connection.execute(
        _deletion_from(table),
        {"participants": [name for name, _ in keys], "events": [event for _, event in keys]},
    )
    with (
        driver_of(connection).cursor() as cursor,
        cursor.copy(copying(table, table.c.keys())) as copy,
    ):
        copy.set_types([str(one.type.compile(connection.dialect)).lower() for one in table.c])
        for row in rows:
            copy.write_row(row)


@cache
def _deletion_from(table: Table) -> Delete:
    """Return the statement that deletes the rows of events, built once for each table."""
    participant, event_id = list(table.c)[:2]
    named = (
        func.unnest(array_of("participants", Text), array_of("events", Text))
        .table_valued(participant.name, event_id.name, name="named")
        .render_derived()
    )
    return deletion_of(table, named)
