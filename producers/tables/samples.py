"""What stands in the columns of a table, as far as a guess needs it: shapes and counts."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from producers.tables.cells import CellError, Convert, Habits, is_filled
from producers.tables.headings import folded
from producers.tables.table import Cell, Table

ROWS: Final = 1000
"""Rows that are looked at."""
FEW: Final = 20
"""A column with no more different words than that is a list of them."""
_KEPT: Final = 50
_LETTERS: Final = re.compile(r"[^\W\d_]")
_DIGITS: Final = re.compile(r"\d")
_LONGEST_SHAPE: Final = 24


@dataclass(slots=True)
class ColumnSample:
    """A column: how many of the rows fill it, the first cells, and its words where they are few."""

    rows: int = 0
    filled: int = 0
    first: list[Cell] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)

    def add(self, cell: Cell) -> None:
        """Note a cell."""
        self.rows += 1
        if not is_filled(cell):
            return
        self.filled += 1
        if len(self.first) < _KEPT:
            self.first.append(cell)
        if len(self.words) <= ROWS:
            self.words[str(cell)] += 1

    @property
    def share(self) -> int:
        """How many of a hundred rows fill it."""
        return 100 * self.filled // self.rows if self.rows else 0

    @property
    def is_unique(self) -> bool:
        """Whether no two rows have the same value, as far as they have one."""
        return 0 < self.filled == len(self.words)

    @property
    def shape(self) -> str:
        """The first cell with each letter as x and each digit as 9: nobody is known by it."""
        if not self.first:
            return ""
        masked = _DIGITS.sub("9", _LETTERS.sub("x", str(self.first[0])))
        return masked if len(masked) <= _LONGEST_SHAPE else f"{masked[:_LONGEST_SHAPE]}..."

    def list_of_words(self) -> list[str]:
        """Return the words of the column, the most frequent first, or none where they are many."""
        if not self.words or len(self.words) > FEW:
            return []
        written = {folded(word): word for word, _ in reversed(self.words.most_common())}
        return [*reversed(written.values())]

    def fits(self, convert: Convert) -> float:
        """Return the share of the first cells that can be read as a kind of value."""
        return sum(self._reads(convert)) / len(self.first) if self.first else 0.0

    def _reads(self, convert: Convert) -> Iterator[bool]:
        for cell in self.first:
            try:
                convert(cell, Habits())
            except CellError:
                yield False
            else:
                yield True


def sampled(table: Table) -> list[ColumnSample]:
    """Return a sample of each column."""
    samples = [ColumnSample() for _ in table.headings.names]
    for row in islice(table.rows(), ROWS):
        if row.fault is None:
            for sample, cell in zip(samples, row.cells, strict=True):
                sample.add(cell)
    return samples
