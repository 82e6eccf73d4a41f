"""Our tables of facts about the ILR against the files that the DfE published."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from deploy.demo.people.ilr_return import write_return
from deploy.demo.people.person import people
from tests.support.ilr import facts
from tests.support.ilr.returns import FILES, MADE_2018, MADE_2025, REPEATS_2018

XS = "{http://www.w3.org/2001/XMLSchema}"
XSDS = {2018: "ILR-2018-19.xsd", 2025: "ILR-2025-26-schemafile25.xsd"}
BASES = {"RestrictedString": "text", "xs:decimal": "tenths"}
LISTS = [
    *("PriorAttain", "EmpStat", "CompStatus", "Outcome", "FundModel", "ProgType", "OutType"),
    "LLDDCat",
]
FACETS = {"minLength", "maxLength", "length", "minInclusive", "maxInclusive", "totalDigits"}


def book(shared_data: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of a published table."""
    with (shared_data / "ilr" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def declared(element: etree._Element, path: str = "") -> Iterator[facts.Element]:
    """Yield every element below one of an XSD, as the facts have it."""
    for child in element.findall(f"{XS}complexType/{XS}sequence/{XS}element"):
        here = f"{path}/{child.get('name')}"
        most = child.get("maxOccurs", "1")
        yield facts.Element(
            here,
            int(child.get("minOccurs", "1")),
            None if most == "unbounded" else int(most),
            *value_of(child),
        )
        yield from declared(child, here)


def value_of(element: etree._Element) -> tuple[str, str, str]:
    """Return base, range and pattern of an element's value."""
    if element.find(f"{XS}complexType") is not None:
        return "group", "", ""
    restriction = element.find(f"{XS}simpleType/{XS}restriction")
    if restriction is None:
        return element.get("type").removeprefix("xs:"), "", ""
    facets = {etree.QName(facet).localname: facet.get("value") for facet in restriction}
    pattern = facets.pop("pattern", None) or facets.pop("enumeration", "")
    base = restriction.get("base")
    if base == "xs:decimal":
        assert facets.pop("fractionDigits") == "1"
    assert facets.keys() <= FACETS
    if "totalDigits" in facets:
        range_ = f"{facets['totalDigits']} digits"
    elif "length" in facets:
        range_ = f"{facets['length']}..{facets['length']}"
    else:
        low = facets.get("minLength") or facets.get("minInclusive")
        high = facets.get("maxLength") or facets.get("maxInclusive")
        range_ = f"{low}..{high.strip()}" if high else ""
    return BASES.get(base, base.removeprefix("xs:")), range_, pattern


@pytest.mark.parametrize(("year", "name"), XSDS.items())
def test_the_elements_are_those_of_the_xsd(shared_data: Path, year: int, name: str) -> None:
    """All of them, in their order, with how often they stand there and which values they take."""
    message = etree.parse(shared_data / "ilr" / name).getroot().find(f"{XS}element")

    assert facts.elements(year) == list(declared(message))


def test_the_codes_are_those_of_the_reference_data(shared_data: Path) -> None:
    """Every code of a list that we keep, and the day on which it ended."""
    rows = [(row["Name"], row) for row in book(shared_data, "ilr_2020-21_lookup.csv")]
    rows += [
        (f"{row['ParentName']} {row['ParentCode']}", row)
        for row in book(shared_data, "ilr_2020-21_lookup_subcategory.csv")
    ]
    types = [f"OutType {type_}" for type_ in facts.codes("OutType")]

    for kept in (*LISTS, *types):
        assert {code: str(until or "") for code, until in facts.codes(kept).items()} == {
            row["Code"]: row["EffectiveTo"] if row["EffectiveTo"] < "2099" else ""
            for name, row in rows
            if name == kept
        }


def test_the_severities_are_those_of_the_rule_book(shared_data: Path) -> None:
    """Each of our rules stands in the book of 2025-26."""
    rows = book(shared_data, "ILR-2025-26-validation-rules.csv")
    published = {row["Name"].strip(): row["Severity"].strip().lower() for row in rows}

    assert facts.severities().items() <= published.items()


@pytest.mark.parametrize(
    ("name", "year"), [(MADE_2025, 2025), (MADE_2018, 2018), (REPEATS_2018, 2018)]
)
def test_our_own_returns_are_valid_against_the_published_schema(
    shared_data: Path, name: str, year: int
) -> None:
    """What the tests are built on has the form of a real return."""
    schema = etree.XMLSchema(etree.parse(shared_data / "ilr" / XSDS[year]))

    schema.assertValid(etree.parse(FILES / name))


def test_the_demos_return_is_valid_against_the_published_schema(
    shared_data: Path, tmp_path: Path
) -> None:
    """The DfE's own schema of 2025-26 takes it."""
    written = write_return(tmp_path, people(600), ukprn="90010002")
    schema = etree.XMLSchema(etree.parse(shared_data / "ilr" / XSDS[2025]))

    schema.assertValid(etree.parse(written))
