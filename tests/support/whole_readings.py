"""How often statements read a whole table, as PostgreSQL counts it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Table, text

_COUNTED = text(
    "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE schemaname = :schema AND relname = :name"
)


@contextmanager
def reading_no_whole(connection: Connection, *tables: Table) -> Iterator[None]:
    """Assert that no statement of the block reads all of one of these tables."""
    before = [_whole_readings(connection, table) for table in tables]
    yield
    assert [_whole_readings(connection, table) for table in tables] == before


def _whole_readings(connection: Connection, table: Table) -> int:
    # of the connection's last transactions, too, until PostgreSQL has summed them up
    counted = connection.scalar(_COUNTED, {"schema": table.schema, "name": table.name})
    return int(counted or 0)
