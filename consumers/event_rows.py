"""Replaces the rows of events, in bulk: those of one event of one participant belong together."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import ColumnClause, Connection, Table, Text, column, delete, func, select, true

from consent_ledger.journal.array_text import array_of
from consumers.changes import Change
from schemas.errors import BusError

KEY_COLUMNS: Final = 2

_PLACE: Final[ColumnClause[Any]] = column("ctid")
"""Where PostgreSQL keeps a row: the same throughout a statement."""

_NAMED: Final = (
    func.unnest(array_of("participants", Text), array_of("events", Text))
    .table_valued("participant", "event", name="named")
    .render_derived()
)


def replace_rows(
    connection: Connection,
    table: Table,
    changes: Iterable[Change],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Delete the rows of every event that the changes name, and add these.

    The table's first two columns are participant and event; a row has all columns in their order.
    Rows go in by COPY: it takes 2 us of client time for each, INSERT 14.
    """
    keys = [(change.participant, change.event_id) for change in changes]
    participant, event_id = list(table.c)[:KEY_COLUMNS]
    theirs = (
        select(_PLACE)
        .select_from(table)
        .where(participant == _NAMED.c.participant, event_id == _NAMED.c.event)
        # event by event: a hash join would read the whole table, which the planner finds cheaper
        .offset(0)
        .lateral("theirs")
    )
    places = select(theirs.c.ctid).join_from(_NAMED, theirs, true()).scalar_subquery()
    connection.execute(
        delete(table).where(_PLACE == func.any(func.array(places))),  # noqa: SIM300 - a column is no constant
        {"participants": [name for name, _ in keys], "events": [event for _, event in keys]},
    )
    driver_connection = connection.connection.driver_connection
    if driver_connection is None:  # only a connection that was closed or invalidated has none
        raise BusError("The connection to the database was closed.")
    columns = ", ".join(column.name for column in table.c)
    with (
        driver_connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
