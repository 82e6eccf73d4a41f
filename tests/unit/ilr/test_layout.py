"""Our description of a return against the DfE's own XSDs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from producers.ilr import years
from producers.ilr.kinds import Kind
from producers.ilr.layout import structure_of
from producers.ilr.structure import Group, Leaf
from producers.ilr.years import AcademicYear

XS = "{http://www.w3.org/2001/XMLSchema}"
XSDS = [("ILR-2018-19.xsd", 2018), ("ILR-2025-26-schemafile25.xsd", 2025)]

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


def theirs(element: etree._Element, path: str = "") -> Iterator[tuple[str, int, int | None]]:
    """Yield the same of an XSD's element."""
    for child in element.findall(f"{XS}complexType/{XS}sequence/{XS}element"):
        here = f"{path}/{child.get('name')}"
        most = child.get("maxOccurs", "1")
        yield here, int(child.get("minOccurs", "1")), None if most == "unbounded" else int(most)
        yield from theirs(child, here)


def declared(element: etree._Element, path: str = "") -> Iterator[tuple[str, etree._Element]]:
    """Yield every element of an XSD that has a value, with its path."""
    for child in element.findall(f"{XS}complexType/{XS}sequence/{XS}element"):
        here = f"{path}/{child.get('name')}"
        if child.find(f"{XS}complexType") is None:
            yield here, child
        yield from declared(child, here)


def accepts(kind: Kind, text: str) -> bool:
    """Tell whether we take a text for a value of the kind."""
    try:
        kind.parse(text)
    except ValueError:
        return False
    return True


def schema_of(root: etree._Element, element: etree._Element) -> etree.XMLSchema:
    """Return a schema of one element alone, as the XSD declares it."""
    alone = etree.Element(f"{XS}schema", nsmap=root.nsmap | {"xs": XS[1:-1]})
    alone.set("targetNamespace", root.get("targetNamespace"))
    for shared in root.findall(f"{XS}simpleType"):
        alone.append(etree.fromstring(etree.tostring(shared)))
    copy = etree.fromstring(etree.tostring(element))
    copy.set("name", "value")
    copy.attrib.pop("minOccurs", None)
    alone.append(copy)
    return etree.XMLSchema(alone)


@pytest.mark.parametrize(("name", "year"), XSDS)
def test_elements_stand_where_and_as_often_as_the_xsd_says(
    shared_data: Path, name: str, year: int
) -> None:
    """Every element of the XSD is known, no other is, and what is mandatory is mandatory."""
    message = etree.parse(shared_data / "ilr" / name).getroot().find(f"{XS}element")

    assert dict_of(theirs(message)) == dict_of(ours(structure_of(AcademicYear(year))))


def dict_of(
    rows: Iterator[tuple[str, int, int | None]],
) -> dict[str, tuple[int, int | None]]:
    """Return rows by their path."""
    return {path: (least, most) for path, least, most in rows}


@pytest.mark.parametrize(("name", "year"), XSDS)
def test_values_are_taken_and_refused_as_the_xsd_does(
    shared_data: Path, name: str, year: int
) -> None:
    """For hundreds of probes each value is valid for us if and only if it is for the XSD."""
    root = etree.parse(shared_data / "ilr" / name).getroot()
    kinds = dict(leaves(structure_of(AcademicYear(year))))
    probes = [*WHOLE, *TENTHS, *DATES, *MOMENTS, *TEXTS, *LENGTHS, *CHARACTERS]
    space = root.get("targetNamespace")
    element = etree.Element(f"{{{space}}}value")
    differing = []
    for path, declaration in declared(root.find(f"{XS}element")):
        schema = schema_of(root, declaration)
        for probe in probes:
            element.text = probe
            if schema.validate(element) != accepts(kinds[path].kind, probe):
                differing.append((path, probe))

    assert differing == []


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
