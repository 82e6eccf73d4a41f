"""An outbox in PostgreSQL.

A transaction that writes the table holds its lock ROW EXCLUSIVE from before it draws a `seq` until
its end, and everybody can see who holds it. So once all who held it when a row was seen have ended,
no lower `seq` can come, whatever others have begun since: the relay waits for those alone. It holds
up nobody, since it takes no lock itself. A horizon of transaction ids (`pg_snapshot_xmin`) would
not do: a transaction can have a low id, and draw its `seq` late; and it would wait for whatever is
open anywhere on the server.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Text, cast, extract, func, select, text

_WRITERS: Final = text("""
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND mode = 'RowExclusiveLock' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND relation = CAST(CAST(:outbox AS regclass) AS oid)
        AND pid IS DISTINCT FROM pg_backend_pid()
""")
_TAKE: Final = text("""
    SELECT pg_try_advisory_lock(
        hashtextextended('nwd relay', CAST(CAST(:outbox AS regclass) AS int8))
    )
""")
_KEEPALIVES: Final = {
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}


class PostgresqlOutbox:
    """An outbox by its quoted name."""

    def __init__(self, name: str) -> None:
        self._outbox = {"outbox": name}
        self._settled = 0
        self._seen = 0
        self._waited_for: frozenset[str] = frozenset()

    def text_of(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a column as text, which is whole: PostgreSQL takes no other."""
        return cast(column, Text)

    def seconds_of(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a moment in seconds since 1970."""
        return extract("epoch", moment)

    def take(self, connection: Connection) -> bool:
        """Return whether no other relay has the table's advisory lock.

        The lock of one whose machine is gone is free within a minute, and not after two hours.
        """
        for name, seconds in _KEEPALIVES.items():
            connection.execute(select(func.set_config(name, seconds, False)))
        return bool(connection.scalar(_TAKE, self._outbox))

    def settled(self, connection: Connection, newest: int) -> int:
        """Return what was there when those began who have ended by now."""
        at_work = frozenset(connection.scalars(_WRITERS, self._outbox))
        if not at_work:
            self._settled = newest
        elif self._waited_for.isdisjoint(at_work):
            self._settled = self._seen
        else:
            return self._settled
        self._seen, self._waited_for = newest, at_work
        return self._settled
