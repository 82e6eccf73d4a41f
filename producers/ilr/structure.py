"""The words in which the structure of a return is written: elements with values or elements.

`layout` holds what a return of each year consists of, in these words.
"""

from dataclasses import dataclass, field, replace

from producers.ilr import years
from producers.ilr.kinds import Kind
from producers.ilr.years import AcademicYear


@dataclass(frozen=True, slots=True)
class Leaf:
    """An element with a value, which occurs once at most."""

    name: str
    kind: Kind
    at_least: int
    since: AcademicYear
    until: AcademicYear
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


def required(
    name: str, kind: Kind, *, since: AcademicYear = years.FIRST, until: AcademicYear = years.LAST
) -> Leaf:
    """Return an element that occurs exactly once."""
    return Leaf(name, kind, 1, since, until)


def optional(
    name: str, kind: Kind, *, since: AcademicYear = years.FIRST, until: AcademicYear = years.LAST
) -> Leaf:
    """Return an element that occurs once or not at all."""
    return Leaf(name, kind, 0, since, until)


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


def in_year(whole: Group, year: AcademicYear) -> Group:
    """Return the group as it is in one year, its children found by their tags in that year."""
    children = tuple(
        in_year(child, year) if isinstance(child, Group) else child
        for child in whole.children
        if child.since <= year <= child.until
    )
    space = years.namespace(year)
    return replace(
        whole, children=children, by_tag={f"{{{space}}}{child.name}": child for child in children}
    )
