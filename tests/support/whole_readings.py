"""How often statements read a whole table, as PostgreSQL counts it."""

from sqlalchemy import Connection, Table, text

_COUNTED = text(
    "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE schemaname = :schema AND relname = :name"
)


def whole_readings(connection: Connection, table: Table) -> int:
    """Return how often this transaction has read all of a table, so far."""
    counted = connection.scalar(_COUNTED, {"schema": table.schema, "name": table.name})
    return int(counted or 0)
