"""An outbox in SQLite, where one transaction writes at a time: `seq` is the order of commits."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, LargeBinary, cast, func


class SqliteOutbox:
    """An outbox in a file."""

    def text_of(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a column as bytes: SQLite keeps texts that are no UTF-8, and reads none."""
        return cast(column, LargeBinary)

    def seconds_of(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a moment in seconds since 1970; null for what is none."""
        return (func.julianday(moment) - func.julianday("1970-01-01")) * 86_400

    def take(self, connection: Connection) -> bool:  # noqa: ARG002 - others have to ask
        """Say yes: SQLite has no lock that would last, and a second relay only repeats."""
        return True

    def settled(self, connection: Connection, newest: int) -> int:  # noqa: ARG002 - likewise
        """Return what is there: nothing lower is still to come."""
        return newest
