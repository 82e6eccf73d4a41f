"""A table for a terminal, whose cells break between words."""

from collections.abc import Sequence
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

_GAP: Final = 3
"""Between two columns: a cell's padding on either side, and the box's own character."""


def terminal_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    is_number: Sequence[bool],
    width: int,
) -> Table:
    """Return a table of at most so many characters a line; numbers stand at the right.

    A cell is broken inside a word only where the longest words of all columns do not fit side by
    side.
    """
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    widths = _widths([columns, *rows], width - _GAP * (len(columns) - 1))
    for name, to_right, wanted in zip(columns, is_number, widths, strict=True):
        table.add_column(
            name, justify="right" if to_right else "left", overflow="fold", width=wanted
        )
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _widths(rows: Sequence[Sequence[str]], available: int) -> list[int | None]:
    """Return a width for each column: the widest ones that can be broken give way first."""
    cells = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in cells]
    words = [max(len(word) for text in column for word in text.split() or [""]) for column in cells]
    while sum(widths) > available:
        spare = [at for at, width in enumerate(widths) if width > words[at]]
        if not spare:
            return [None] * len(widths)
        widths[max(spare, key=widths.__getitem__)] -= 1
    return list(widths)
