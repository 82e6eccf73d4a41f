"""What turns a tray into tables. All it must do is upsert and delete by key."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection, Table

from consumers.changes import Change


class Projection(Protocol):
    """A state in SQL that is a function of the records under each key of one tray."""

    @property
    def position(self) -> Table:
        """The table of `positions.position_table` in the same PostgreSQL schema as the state."""

    def apply(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Bring the state to what the changes say; each key comes once.

        Applying a change again must change nothing. The caller's transaction saves the position.
        """

    def clear(self, connection: Connection) -> None:
        """Take everything out of the state, position aside."""
