"""The line of headings: found, cleaned, and compared without case, spaces, `_` and `-`."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from rapidfuzz import fuzz, process

from producers.tables.errors import TableError
from producers.tables.spaces import cleaned

LOOKED_AT: Final = 20
"""Lines among which the headings are looked for: titles and empty lines may stand above."""
OURS: Final = (
    *("import result", "import reasons"),
    *("import recipients", "import to ask", "import passport number"),
)
"""Columns that a result file has in addition: read again, they are passed over."""

_APART: Final = re.compile(r"[\s_-]+")
_DATA: Final = re.compile(r"@|\d{4,}|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}")
"""What no heading has: an e-mail address, a long number, a day."""
_ALIKE: Final = 75.0


def folded(text: str) -> str:
    """Return a heading, or a word of a list, as it is compared."""
    return _APART.sub("", cleaned(text)).casefold()


def letter(place: int) -> str:
    """Return what a spreadsheet calls the column at a place, counted from 0: A to Z, AA, ..."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True)
class Headings:
    """The headings of a table as they are written, and the line where they stand.

    `shift` counts the columns left of the table, of which nothing was read.
    """

    names: tuple[str, ...]
    line: int
    shift: int = 0

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each heading, by the heading as it is compared."""
        return {folded(name): place for place, name in enumerate(self.names)}

    @cached_property
    def ours(self) -> frozenset[int]:
        """The places of columns that a result file added."""
        return frozenset(self.places[ours] for ours in map(folded, OURS) if ours in self.places)

    def column(self, place: int) -> str:
        """Return a column as errors name it, such as `column F (Postcode)`."""
        return f"column {letter(place + self.shift)} ({self.names[place]})"

    def alike(self, name: str) -> str | None:
        """Return the column whose heading is most like a name, or None where none is."""
        found = process.extractOne(
            folded(name), list(self.places), scorer=fuzz.ratio, score_cutoff=_ALIKE
        )
        return None if found is None else self.column(self.places[found[0]])


def find_headings(lines: Iterable[tuple[int, Sequence[object]]], shift: int = 0) -> Headings:
    """Return the headings: the first line in which more than one cell is filled.

    Of a table with a single column, the first line that is filled at all. Raises TableError where
    there is none, or it cannot be a line of headings.
    """
    filled = [
        (line, cells)
        for line, cells in _first(lines)
        if any(not isinstance(cell, str) or cleaned(cell) for cell in cells)
    ]
    if not filled:
        raise TableError("The table is empty.", "Its first line holds the names of the columns.")
    line, cells = next((row for row in filled if _width(row[1]) > 1), filled[0])
    names = [cleaned(cell) if isinstance(cell, str) else None for cell in cells]
    while names and names[-1] == "":
        names.pop()
    _demand_headings(names, line, shift)
    return Headings(tuple(name or "" for name in names), line, shift)


def _first(
    lines: Iterable[tuple[int, Sequence[object]]],
) -> Iterator[tuple[int, Sequence[object]]]:
    for number, row in enumerate(lines):
        if number == LOOKED_AT:
            return
        yield row


def _width(cells: Sequence[object]) -> int:
    return sum(not isinstance(cell, str) or bool(cleaned(cell)) for cell in cells)


def _demand_headings(names: Sequence[str | None], line: int, shift: int) -> None:
    """Raise TableError where a line is data, or a heading is missing or comes twice."""
    data = [place for place, name in enumerate(names) if name is None or _DATA.search(name)]
    if data:
        raise TableError(
            f"Line {line} has no headings, it seems: column {letter(data[0] + shift)} holds a"
            " number, a day or an address.",
            "Put a line with the names of the columns above the rows.",
        )
    empty = [letter(place + shift) for place, name in enumerate(names) if not name]
    if empty:
        raise TableError(
            f"Line {line} has no heading in column {', '.join(empty)}.",
            "Give each column a name of its own: cells merged across columns are parted first.",
        )
    places = defaultdict(list)
    for place, name in enumerate(names):
        places[folded(name or "")].append(letter(place + shift))
    twice = [where for where in places.values() if len(where) > 1]
    if twice:
        raise TableError(
            f"Line {line} has the same heading in columns {' and '.join(twice[0])}.",
            "Give each column a name of its own; case, spaces, _ and - do not count.",
        )
