"""Checks an XML element, and all in it, against the structure, and reads its values."""

import difflib
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from producers.ilr.errors import StructureFault
from producers.ilr.structure import Group, Leaf

_NAME_SHOWN: Final = 60
_EXACT_LINES: Final = 65_535
_SCHEMA_HINTS: Final = frozenset(
    f"{{http://www.w3.org/2001/XMLSchema-instance}}{name}"
    for name in ("schemaLocation", "noNamespaceSchemaLocation")
)
"""The only attributes a return may have, on any element: the XSDs define none."""


@dataclass(frozen=True, slots=True, repr=False)
class Element:
    """An element that holds others, as read: values by name, and lists of elements."""

    line: int
    values: dict[str, Any]

    def get(self, name: str) -> Any:
        """Return the value of a child, or None where it is not there."""
        return self.values.get(name)

    def all(self, name: str) -> "list[Element]":
        """Return the children of that name that hold others, in the order of the file."""
        elements: list[Element] = self.values.get(name, [])
        return elements


def is_element(node: Any) -> bool:
    """Return whether a node is an element, neither a comment nor a processing instruction."""
    return isinstance(node.tag, str)


def line_of(element: Any) -> int:
    """Return the line on which an element starts.

    libxml2 keeps 16 bits for it; further down it names the line where the first text in the
    element ends, or the text after an empty one, so the lines of that text are taken off again.
    """
    line: int = element.sourceline
    if line >= _EXACT_LINES:
        text = element.text if element.text or len(element) else element.tail
        line -= (text or "").count("\n")
    return line


class Checker:
    """Reads elements and notes every fault. A faulty element is read without its value."""

    def __init__(self) -> None:
        self.faults: list[StructureFault] = []

    def report(self, line: int, reason: str) -> None:
        """Note a fault. The reason names elements, never a value."""
        self.faults.append(StructureFault(line, reason))

    def read(self, element: Any, group: Group) -> Element:
        """Return the values of an element that holds others, and note what is wrong with it."""
        line = line_of(element)
        values: dict[str, Any] = {}
        self._no_attributes(element)
        self._no_text(element.text, line, group)
        for child in element:
            known = group.by_tag.get(child.tag)
            if isinstance(known, Leaf):
                if known.name in values:
                    self.report(
                        line_of(child), f"there is more than one {known.name} in {group.name}"
                    )
                values[known.name] = self._value(child, known)
            elif known is not None:
                values.setdefault(known.name, []).append(self.read(child, known))
            elif is_element(child):
                self.unknown(child, group)
            self._no_text(child.tail, line, group)
        self._how_many(line, values, group)
        return Element(line, values)

    def unknown(self, element: Any, group: Group) -> None:
        """Note an element that does not belong there, and the name that may have been meant."""
        qualified = etree.QName(element)
        name = qualified.localname[:_NAME_SHOWN]
        if any(name == child.name for child in group.children):
            reason = f"{name} in {group.name} is in another namespace"
        else:
            reason = f"{name} is not an element of {group.name}"
            names = {child.name.casefold(): child.name for child in group.children}
            if near := difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.75):
                reason += f"; is {names[near[0]]} meant?"
        self.report(line_of(element), reason)

    def _value(self, element: Any, leaf: Leaf) -> Any:
        self._no_attributes(element)
        text = element.text or ""
        for inside in element:
            if is_element(inside):
                self.report(line_of(element), f"{leaf.name} holds other elements")
                return None
            text += inside.tail or ""
        try:
            return leaf.kind.parse(text)
        except ValueError:
            self.report(line_of(element), f"{leaf.name} is not {leaf.kind.wanted}")
            return None

    def _how_many(self, line: int, values: dict[str, Any], group: Group) -> None:
        for child in group.children:
            if child.name not in values:
                if child.at_least:
                    self.report(line, f"{child.name} is missing from {group.name}")
            elif (
                isinstance(child, Group)
                and child.at_most is not None
                and len(values[child.name]) > child.at_most
            ):
                self.report(
                    line, f"there is more than {child.at_most} {child.name} in {group.name}"
                )

    def _no_attributes(self, element: Any) -> None:
        if any(name not in _SCHEMA_HINTS for name in element.attrib):
            self.report(line_of(element), "attributes are not accepted")

    def _no_text(self, text: str | None, line: int, group: Group) -> None:
        if text is not None and not text.isspace() and text:
            self.report(line, f"there is text between the elements of {group.name}")
