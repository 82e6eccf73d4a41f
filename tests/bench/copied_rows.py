"""Rows of a table that a benchmark fills, by COPY, as the driver makes them of Python's values."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Connection as PsycopgConnection
from sqlalchemy import Connection, Table

from consent_ledger.journal.bulk import copying


def copy_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Add rows to a table, with a value for each of the columns."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, PsycopgConnection)
    types = [
        table.c[name].type.compile(dialect=connection.dialect).partition(" ")[0].lower()
        for name in columns
    ]
    with driver.cursor() as cursor, cursor.copy(copying(table, columns)) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
