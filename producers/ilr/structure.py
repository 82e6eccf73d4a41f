"""The types in which `layout` writes a return's structure: elements with values or elements."""

from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from producers.ilr import years
from producers.ilr.kinds import ValueKind
from producers.ilr.years import AcademicYear


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element with a value, which occurs once at most."""

    name: str
    kind: ValueKind
    at_least: int
    since: AcademicYear = years.FIRST
    until: AcademicYear = years.LAST
    at_most: int = 1


@dataclass(frozen=True, slots=True)
class Group:
    """An element that holds elements. `at_most` is None where there is no limit.

    `by_tag` is filled by `in_year`: the children by their tags, namespace included.
    """

    name: str
    children: tuple["Leaf | Group", ...]
    at_least: int
    at_most: int | None
    since: AcademicYear
    until: AcademicYear
    by_tag: dict[str, "Leaf | Group"] = field(default_factory=dict, compare=False, repr=False)


required: Final = partial(Leaf, at_least=1)
"""Returns an element that occurs exactly once."""
optional: Final = partial(Leaf, at_least=0)
"""Returns an element that occurs once or not at all."""


def group(
    name: str,
    *children: Leaf | Group,
    at_least: int = 0,
    at_most: int | None = None,
    since: AcademicYear = years.FIRST,
    until: AcademicYear = years.LAST,
) -> Group:
    """Return an element that holds others."""
    return Group(name, children, at_least, at_most, since, until)


def in_year(whole: Group, year: AcademicYear, space: str) -> Group:
    """Return the group as it is in one year, with its children by their tags in a namespace."""
    children = tuple(
        in_year(child, year, space) if isinstance(child, Group) else child
        for child in whole.children
        if child.since <= year <= child.until
    )
    return replace(
        whole, children=children, by_tag={f"{{{space}}}{child.name}": child for child in children}
    )
