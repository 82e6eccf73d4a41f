"""Rows that come in the order of the entries they belong to, read along with these."""

from collections.abc import Iterable, Iterator
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

    def below(self, seq: int | None) -> Iterator[Row]:
        """Give the rows of entries before this one, all that are left for None: passed over."""
        while (row := self._next) is not None and (seq is None or _place(row) < seq):
            self._next = next(self._rows, None)
            yield row

    def at(self, seq: int) -> Iterator[Row]:
        """Give the rows of this entry."""
        while (row := self._next) is not None and _place(row) == seq:
            self._next = next(self._rows, None)
            yield row


def _place(row: OfEntry) -> int:
    return -1 if row.seq is None else row.seq
