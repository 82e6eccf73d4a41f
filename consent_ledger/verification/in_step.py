"""Rows that come in the order of the entries they belong to, read along with these."""

from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar


class OfEntry(Protocol):
    """A row that belongs to an entry; None is one that belongs to none, and comes first."""

    @property
    def seq(self) -> int | None:
        """The entry's number."""


Row = TypeVar("Row", bound=OfEntry)


class InStep(Generic[Row]):
    """Hands out each row when its entry comes by: nothing is kept in memory."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = iter(rows)
        self._next = next(self._rows, None)

    def below(self, seq: int | None) -> Sequence[Row]:
        """Give the rows of entries before this one, all that are left for None: passed over."""
        if self._next is None or (seq is not None and _place(self._next) >= seq):
            return ()  # nearly always
        passed = []
        while (row := self._next) is not None and (seq is None or _place(row) < seq):
            self._next = next(self._rows, None)
            passed.append(row)
        return passed

    def at(self, seq: int) -> Sequence[Row]:
        """Give the rows of this entry."""
        found = []
        while (row := self._next) is not None and row.seq == seq:
            self._next = next(self._rows, None)
            found.append(row)
        return found


def _place(row: OfEntry) -> int:
    return -1 if row.seq is None else row.seq
