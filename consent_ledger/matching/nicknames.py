"""Short forms of English given names: Bill is William."""

from functools import cache
from pathlib import Path
from typing import Final

import yaml

_FILE: Final = Path(__file__).with_name("nicknames.yaml")
NOBODY: Final[frozenset[str]] = frozenset()


def full_names(name: str) -> frozenset[str]:
    """Return the names that a given name in normal form may be short for, without itself."""
    return _full_names_by_short().get(name, NOBODY)


def short_forms(name: str) -> frozenset[str]:
    """Return the short forms of a given name in normal form."""
    return frozenset(short for short, full in _full_names_by_short().items() if name in full)


def may_be_one_name(name: str, other: str) -> bool:
    """Tell whether either is short for the other, or both for one name."""
    mine, others = full_names(name) | {name}, full_names(other) | {other}
    return not mine.isdisjoint(others)


@cache
def _full_names_by_short() -> dict[str, frozenset[str]]:
    table: dict[str, str] = yaml.safe_load(_FILE.read_text("utf-8"))["short_forms"]
    found: dict[str, set[str]] = {}
    for full, shorts in table.items():
        for short in shorts.split():
            found.setdefault(short, set()).add(full)
    return {short: frozenset(names) for short, names in found.items()}
