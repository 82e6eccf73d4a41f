"""Our description of a return against what the DfE's XSDs say."""

from collections.abc import Iterator

import pytest
from lxml import etree

from producers.ilr import years
from producers.ilr.kinds import ValueKind
from producers.ilr.layout import structure_of
from producers.ilr.structure import Group, Leaf
from producers.ilr.years import AcademicYear
from tests.support.ilr.facts import YEARS, elements
from tests.support.ilr.returns import FILES, MADE_2018, MADE_2025, REPEATS_2018
from tests.support.ilr.xsd import judge_of, schema_of

WHOLE = [
    *("0", "1", "9", "10", "98", "99", "100", "999", "1000", "9999", "10000", "19000"),
    *("99999", "100000", "999999", "1000000", "9999999", "10000000", "99999999", "100000000"),
    *("999999999", "1000000000", "9999999999", "10000000000", "-1", "-10", "+7", "007", " 7 "),
    *("7\n", "1.5", "1e3", "", " ", "x", "٣", "0x1", "2147483647", "2147483648"),
]
TENTHS = ["0", "0.0", "0.1", ".5", "5.", "100.0", "100.1", "300.0", "300.1", "1.50", "1.55", "-0.1"]
DATES = [
    *("2025-02-28", "2025-02-29", "2024-02-29", "2025-13-01", "2025-1-1", "25-01-01", "20250101"),
    *("2025-01-01Z", "2025-01-01+01:00", "2025-01-01+15:00", "2025-01-01T00:00:00"),
]
MOMENTS = [
    *("2025-01-01T10:00:00", "2025-01-01T10:00:00Z", "2018-06-18T10:52:23.3937836+01:00"),
    *(
        "2025-01-01T25:00:00",
        "2025-01-01 10:00:00",
        "2025-01-01T10:00",
        "2025-01-01",
        "2025-01-01T",
    ),
    *("2025-01-01T10:00:00.", "2025-01-01T10:00:61"),
]
TEXTS = [
    *("ILR", "1819", "2526", "OFFICIAL-SENSITIVE-Personal", "a@b", "@b", "a@", "AB12", "ab12x"),
    *("SE15 4ST", "123456789", "0123456789", "EPA0032", "NONE", "a b", " a", "a ", "O'Neill", "é"),
    *("Sméth", "a1", 'a"b', "a|b", "a\tb", "a\nb", "“q”", "`", "£5", "€5", "[x]", "\\", "a/b"),
]
LENGTHS = [shape * n for n in range(1, 102) for shape in ("A", "1", "a ")]
CHARACTERS = [chr(n) for n in (*range(0x20, 0x180), 0x20AC, 0x2018, 0x1F600)]


def leaves(group: Group, path: str = "") -> Iterator[tuple[str, Leaf]]:
    """Yield every leaf below a group with its path."""
    for child in group.children:
        if isinstance(child, Leaf):
            yield f"{path}/{child.name}", child
        else:
            yield from leaves(child, f"{path}/{child.name}")


def ours(group: Group, path: str = "") -> Iterator[tuple[str, int, int | None]]:
    """Yield path, at least and at most of every element below a group."""
    for child in group.children:
        here = f"{path}/{child.name}"
        yield here, child.at_least, child.at_most
        if isinstance(child, Group):
            yield from ours(child, here)


def accepts(kind: ValueKind, text: str) -> bool:
    """Tell whether we take a text for a value of the kind."""
    try:
        kind.parse(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("year", YEARS)
def test_elements_stand_where_and_as_often_as_the_xsd_says(year: int) -> None:
    """Every element of the XSD is known, no other is, and what is mandatory is mandatory."""
    theirs = {one.path: (one.at_least, one.at_most) for one in elements(year)}
    known = {path: counts for path, *counts in ours(structure_of(AcademicYear(year)))}

    assert known == {path: list(counts) for path, counts in theirs.items()}


@pytest.mark.parametrize("year", YEARS)
def test_values_are_taken_and_refused_as_the_xsd_does(year: int) -> None:
    """For hundreds of probes each value is valid for us if and only if it is for the XSD."""
    kinds = dict(leaves(structure_of(AcademicYear(year))))
    probes = [*WHOLE, *TENTHS, *DATES, *MOMENTS, *TEXTS, *LENGTHS, *CHARACTERS]
    value = etree.Element("value")
    judged, differing = 0, []
    for element in elements(year):
        if element.base == "group":
            continue
        judge = judge_of(element)
        judged += 1
        for probe in probes:
            value.text = probe
            if judge.validate(value) != accepts(kinds[element.path].kind, probe):
                differing.append((element.path, probe))

    assert differing == []
    assert judged == len(kinds)


@pytest.mark.parametrize("year", range(years.FIRST, years.LAST + 1))
def test_every_year_has_each_element_once(year: int) -> None:
    """Where an element changed over the years, no year has both forms or neither."""
    structure = structure_of(AcademicYear(year))

    paths = [path for path, _, _ in ours(structure)]

    assert len(paths) == len(set(paths))
    assert {"/Learner/ALSCost", "/Learner/AddLine1", "/Learner/PriorAttain"} <= set(paths)


def test_destinations_end_with_2023() -> None:
    """Destination and Progression has been removed from 2024-25."""
    with_destinations = [
        year
        for year in range(years.FIRST, years.LAST + 1)
        if any(
            path.startswith("/LearnerDestinationandProgression")
            for path, _, _ in ours(structure_of(AcademicYear(year)))
        )
    ]

    assert list(range(2018, 2024)) == with_destinations


@pytest.mark.parametrize(
    ("name", "year"), [(MADE_2025, 2025), (MADE_2018, 2018), (REPEATS_2018, 2018)]
)
def test_the_returns_of_our_own_have_the_form_of_a_real_one(name: str, year: int) -> None:
    """What the tests are built on is what a college's system could export."""
    schema_of(year).assertValid(etree.parse(FILES / name))
