"""What differs between the databases that an outbox is in, as a Protocol."""

from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection


class OutboxDatabase(Protocol):
    """The ways of one kind of database with one outbox."""

    def text_of(self, column: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a column as text, or as the bytes of it: no row may keep another from being read.

        A text that is not as it should be must be found when its own row is looked at.
        """

    def seconds_of(self, moment: ColumnElement[Any]) -> ColumnElement[Any]:
        """Return a moment in seconds since 1970."""

    def take(self, connection: Connection) -> bool:
        """Return whether this relay alone follows the table, until the connection is closed."""

    def settled(self, connection: Connection, newest: int) -> int:
        """Return up to which `seq` no row can come any more.

        Numbers are drawn before their transactions commit, so a lower one may come after a higher
        one that is there already. `newest` is the highest that was there before this was asked.
        """
