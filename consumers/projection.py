"""The Protocol of what turns a tray into tables, by upserts and deletes by key."""

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy import Connection, Table

from consumers.changes import Change


class Projection(Protocol):
    """A state in SQL that is a function of the last record under each key of one tray."""

    @property
    def position(self) -> Table:
        """The table of `positions.position_table` in the same PostgreSQL schema as the state."""

    def apply(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Apply changes to the state; each key comes once.

        A change applied again changes nothing. The caller's transaction saves the position.
        """

    def clear(self, connection: Connection) -> None:
        """Empty the state, except the position."""
