"""A table as it was handed in: a line of headings, and rows that can be read as often as needed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import BinaryIO, NamedTuple

from producers.tables.headings import Headings

Cell = str | float | bool | date | time | timedelta
"""What a cell holds; of a CSV always text. A cell with nothing in it is an empty text.

A text has no white space that cannot be seen.
"""


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file as it was handed in: its own name, and a stream that can be read twice."""

    name: str
    stream: BinaryIO


class TableRow(NamedTuple):
    """A row below the headings: the line where it begins, counted from 1, and its cells.

    `fault` says why it cannot be taken as a row of this table, where that is so.
    """

    line: int
    cells: Sequence[Cell]
    fault: str | None = None


class Note(NamedTuple):
    """Something about the file that a person should know, and that stops nothing."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table: headings, rows, and what is to be known about the file.

    `is_1904` where a number stands for a day counted from 1904, as on a Macintosh of old.
    """

    headings: Headings
    rows: Callable[[], Iterator[TableRow]]
    notes: tuple[Note, ...] = ()
    is_1904: bool = False
    sheet: str | None = None
