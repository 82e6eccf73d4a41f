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

    Where the longest words of all columns do not fit side by side, each row becomes lines of its
    own, one for each cell that holds something. Only a word longer than a line is broken.
    """
    widths = _widths([columns, *rows], width - _GAP * (len(columns) - 1))
    if widths is None:
        return _cell_by_cell(columns, rows)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name, to_right, wanted in zip(columns, is_number, widths, strict=True):
        table.add_column(
            name, justify="right" if to_right else "left", overflow="fold", width=wanted
        )
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _cell_by_cell(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        for name, text in zip(columns, row, strict=True):
            if text:
                table.add_row(name, Text(text))
        table.add_row()
    return table


def _widths(rows: Sequence[Sequence[str]], available: int) -> list[int] | None:
    """Return a width for each column, None where there is too little room for their words.

    The widest column that can be broken between words gives way first.
    """
    cells = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in cells]
    words = [max(len(word) for text in column for word in text.split() or [""]) for column in cells]
    while sum(widths) > available:
        spare = [at for at, width in enumerate(widths) if width > words[at]]
        if not spare:
            return None
        widths[max(spare, key=widths.__getitem__)] -= 1
    return widths
