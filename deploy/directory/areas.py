"""Names of areas in what an organisation writes of where its service is for."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from schemas.code_lists import BOROUGHS

ALL_LONDON: Final = "London"
_LONGEST_NAME: Final = 40
"""Of a text that is taken for an area's name as a whole."""
_AROUND: Final = re.compile(
    r"^(?:the )?(?:(?:london|royal) borough of |city of (?=westminster\b))?|"
    r" (?:council|borough|london borough)$",
    re.IGNORECASE,
)
_WHOLE: Final = frozenset({"london", "greater london", "all london boroughs", "london-wide"})
_NAMED: Final = {
    name: re.compile(rf"\b{re.escape(name).replace('and', '(?:and|&)')}\b", re.IGNORECASE)
    for name in sorted(BOROUGHS)
}


class Areas(NamedTuple):
    """The names, and what is said in other words."""

    names: tuple[str, ...]
    notes: tuple[str, ...]


def areas_in(texts: Iterable[str]) -> Areas:
    """Return the areas that texts name: London's boroughs wherever they stand, else a short text.

    A longer text that names no borough is a note: nothing is guessed from it.
    """
    names: dict[str, None] = {}
    notes: dict[str, None] = {}
    for text in texts:
        boroughs = [name for name, pattern in _NAMED.items() if pattern.search(text)]
        names |= dict.fromkeys(boroughs)
        if boroughs:
            continue
        if len(text) <= _LONGEST_NAME:
            names[area_name(text)] = None
        else:
            notes[text] = None
    return Areas(tuple(names), tuple(notes))


def area_name(text: str) -> str:
    """Return an area's own name: of `London Borough of Camden`, `Camden`."""
    bare = _AROUND.sub("", text.strip()) or text.strip()
    return ALL_LONDON if bare.casefold() in _WHOLE else bare
