"""An outbox in MariaDB.

A read that locks what it reads meets every row that is not committed yet. So as far as it can have
all rows in order of `seq`, none of them is still to be committed. It reads as many rows as are
there, and none behind them, waits for nobody, and lets go of them in the same moment. `seq` is
drawn while a row is being inserted: that a higher one is committed and read in that instant is the
one case in which two transactions change places.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Text, cast, func, text
from sqlalchemy.exc import OperationalError

_LOCK_WAIT_TIMEOUT: Final = 1205


class MariadbOutbox:
    """An outbox by its quoted name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = text(
            f"SELECT seq FROM {name} FORCE INDEX (outbox_unpublished)"  # noqa: S608 - it is quoted
            " WHERE published_at IS NULL ORDER BY seq LIMIT :there LOCK IN SHARE MODE NOWAIT"
        )
        self._there = text(
            f"SELECT count(*) FROM {name} WHERE published_at IS NULL AND seq <= :newest"  # noqa: S608 - it is quoted
        )
        self._settled = 0

    def text_of(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a column as text, which is whole: MariaDB takes no other."""
        return cast(column, Text)

    def seconds_of(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a moment in seconds since 1970."""
        return func.unix_timestamp(moment)

    def take(self, connection: Connection) -> bool:
        """Return whether no other relay has the lock of the table's name."""
        return bool(connection.scalar(func.get_lock(f"nwd relay {self._name}"[:64], 0)))

    def settled(self, connection: Connection, newest: int) -> int:
        """Return what is there, unless something lower is about to be committed."""
        there = connection.scalar(self._there, {"newest": newest})
        try:
            held = connection.scalars(self._lock, {"there": there}).all()
        except OperationalError as error:
            if error.orig is None or error.orig.args[0] != _LOCK_WAIT_TIMEOUT:
                raise
        else:
            self._settled = held[-1]
        return self._settled
