"""XSDs that judge as the facts have it: libxml2's judgement of a return, which is not ours."""

import re
from typing import Final

from lxml import etree

from tests.support.ilr.facts import YEARS, Element, elements

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_CHARACTERS: Final = r"[A-Za-z0-9 ~!@#$%&'\(\)\*\+,\-\./:;<=>\?\[\\\]_\{\}\^£€]*"
"""The ILR's RestrictedString."""


def schema_of(year: int) -> etree.XMLSchema:
    """Return the schema of one year's returns."""
    schema = _empty(f"ESFA/ILR/{YEARS[year]}")
    sequences = {"": _sequence(etree.SubElement(schema, f"{_XS}element", name="Message"))}
    for element in elements(year):
        parent, _, name = element.path.rpartition("/")
        most = "unbounded" if element.at_most is None else str(element.at_most)
        declared = etree.SubElement(
            sequences[parent],
            f"{_XS}element",
            name=name,
            minOccurs=str(element.at_least),
            maxOccurs=most,
        )
        if element.base == "group":
            sequences[element.path] = _sequence(declared)
        else:
            _restrict(declared, element)
    return etree.XMLSchema(schema)


def judge_of(element: Element) -> etree.XMLSchema:
    """Return the schema of an element `value`, without namespace, of the values of this one."""
    schema = _empty()
    _restrict(etree.SubElement(schema, f"{_XS}element", name="value"), element)
    return etree.XMLSchema(schema)


def _empty(space: str | None = None) -> etree._Element:
    """Return a schema that holds the kind of text alone."""
    names: dict[str | None, str] = {"xs": _XS[1:-1]}
    if space is not None:
        names[None] = space
    schema = etree.Element(f"{_XS}schema", nsmap=names)
    if space is not None:
        schema.set("targetNamespace", space)
        schema.set("elementFormDefault", "qualified")
    kind = etree.SubElement(schema, f"{_XS}simpleType", name="RestrictedString")
    restriction = etree.SubElement(kind, f"{_XS}restriction", base="xs:string")
    etree.SubElement(restriction, f"{_XS}pattern", value=_CHARACTERS)
    return schema


def _sequence(declared: etree._Element) -> etree._Element:
    return etree.SubElement(etree.SubElement(declared, f"{_XS}complexType"), f"{_XS}sequence")


def _restrict(declared: etree._Element, element: Element) -> None:
    """Say which values a declared element takes."""
    bases = {"text": "RestrictedString", "tenths": "xs:decimal"}
    kind = etree.SubElement(declared, f"{_XS}simpleType")
    restriction = etree.SubElement(
        kind, f"{_XS}restriction", base=bases.get(element.base, f"xs:{element.base}")
    )
    for name, facet in _facets(element):
        etree.SubElement(restriction, f"{_XS}{name}", value=facet)


def _facets(element: Element) -> list[tuple[str, str]]:
    found = []
    if element.base == "tenths":
        found.append(("fractionDigits", "1"))
    if count := re.fullmatch(r"(\d+) digits", element.range):
        found.append(("totalDigits", count[1]))
    elif element.range:
        low, high = element.range.split("..")
        kind = "Length" if element.base == "text" else "Inclusive"
        found += [(f"min{kind}", low), (f"max{kind}", high)]
    if element.pattern:
        found.append(("pattern", element.pattern))
    return found
