"""Streams a return: checks its structure and yields header, learners, destinations in order.

The parser is fed in small pieces and every record is thrown away once it has been read, so memory
does not grow with the file. Entities are not expanded, nothing is fetched, and a document type
declaration refuses the file.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from lxml import etree

from producers.ilr import records
from producers.ilr.checking import Checker, Element, is_element, line_of
from producers.ilr.errors import StructureError
from producers.ilr.layout import structure_of
from producers.ilr.records import Header, Learner, LearnerDestination
from producers.ilr.structure import Group
from producers.ilr.years import FIRST, LAST, AcademicYear, namespace, year_of

Record = Header | Learner | LearnerDestination

FAULT_LIMIT: Final = 20
"""Reading stops after this many faults: what follows is mostly more of the same."""
_PIECE_BYTES: Final = 64 * 1024
_RECORD_BYTES: Final = 4 * 1024 * 1024
"""Longest record: a learner with the most aims there can be, 98, takes about a tenth of it."""
_FRONT: Final = ("Header", "SourceFiles", "LearningProvider")
_RECORDS: Final = (*_FRONT, "Learner", "LearnerDestinationandProgression")


def read_return(source: BinaryIO) -> Iterator[Record]:
    """Yield the header, then the learners and the destinations of a return, from its start.

    After the first fault it only lists the others. Raises StructureError, with up to FAULT_LIMIT
    faults, where the file is not well formed or breaks its year's structure.
    """
    source.seek(0)
    reading = _Reading()
    yield from reading.records(source)
    if reading.check.faults:
        raise StructureError(tuple(reading.check.faults[:FAULT_LIMIT]))


class _Reading:
    """One pass through a file."""

    def __init__(self) -> None:
        self.check = Checker()
        self._year: AcademicYear | None = None
        self._top: Group | None = None
        self._seen = dict.fromkeys(_RECORDS, 0)
        self._header: Element | None = None
        self._ukprn: int | None = None
        self._line = 1

    def records(self, source: BinaryIO) -> Iterator[Record]:
        """Yield the records until the end, or until there are too many faults to go on."""
        try:
            for name, element in self._elements(source):
                record = self._record(name, element)
                if record is not None and not self.check.faults:
                    yield record
        except etree.XMLSyntaxError as error:
            # libxml2's own message may quote the file, so only the name of its code is shown
            code = error.error_log.last_error.type_name if error.error_log else "empty"
            self.check.report(error.lineno or 1, f"this is not well-formed XML ({code})")

    def _record(self, name: str, element: Element) -> Record | None:
        match name:
            case "Header":
                self._header = element
            case "LearningProvider" if self._header and self._year and not self.check.faults:
                header = records.header(self._year, self._header, element)
                self._ukprn = header.ukprn
                return header
            case "Learner" if self._ukprn is not None and not self.check.faults:
                return records.learner(self._seen["Learner"], element, self._ukprn)
            case "LearnerDestinationandProgression" if not self.check.faults:
                return records.destination(element)
        return None

    def _elements(self, source: BinaryIO) -> Iterator[tuple[str, Element]]:
        parser = etree.XMLPullParser(
            events=("start", "end"),
            tag=["{*}Message", *(f"{{*}}{name}" for name in _RECORDS)],
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
        )
        since_record = 0
        while piece := source.read(_PIECE_BYTES):
            parser.feed(piece)
            since_record += len(piece)
            for event, element in parser.read_events():
                if event == "start":
                    if element.getparent() is None:
                        self._start(element)
                elif (record := self._end(element)) is not None:
                    since_record = 0
                    yield record
                if len(self.check.faults) >= FAULT_LIMIT:
                    return
            if self._top is None:
                if not self.check.faults:
                    self.check.report(1, "the root element is not Message")
                return
            if since_record > _RECORD_BYTES:
                longest = _RECORD_BYTES // (1024 * 1024)
                self.check.report(self._line, f"the record after this one is over {longest} MB")
                return
        parser.close()

    def _start(self, root: Any) -> None:
        """Take the year from the namespace of the root; a DTD ends the reading."""
        if root.getroottree().docinfo.doctype:
            self.check.report(line_of(root), "document type declarations are not accepted")
            return
        year = year_of(etree.QName(root).namespace or "")
        if year is None:
            self.check.report(
                line_of(root),
                "the namespace is not that of a return of a year that can be read, "
                f"{namespace(FIRST)} to {namespace(LAST)}",
            )
        elif etree.QName(root).localname == "Message":
            self._year, self._top = year, structure_of(year)

    def _end(self, element: Any) -> tuple[str, Element] | None:
        """Read an element that has ended if it is directly under the root; else return None."""
        if self._top is None:
            return None
        parent = element.getparent()
        if parent is None:
            self._finish(element, self._top)
            return None
        if parent.getparent() is not None:
            return None
        record = None
        group = self._top.by_tag.get(element.tag)
        if isinstance(group, Group):
            self._line = line_of(element)
            self._count(group)
            record = group.name, self.check.read(element, group)
        while (before := element.getprevious()) is not None:
            self._leave(before, self._top)
            parent.remove(before)
        return record

    def _leave(self, element: Any, top: Group) -> None:
        """Look a last time at an element under the root before it is thrown away."""
        if is_element(element) and element.tag not in top.by_tag:
            self.check.unknown(element, top)
        self._no_text(element.tail, line_of(element))

    def _finish(self, root: Any, top: Group) -> None:
        for child in root:
            self._leave(child, top)
        for known in top.children:
            if self._seen[known.name] < known.at_least:
                self.check.report(line_of(root), f"{known.name} is missing from Message")

    def _count(self, group: Group) -> None:
        name = group.name
        self._seen[name] += 1
        if group.at_most is not None and self._seen[name] > group.at_most:
            self.check.report(self._line, f"there is more than {group.at_most} {name} in Message")
        if name not in _FRONT and not (self._seen["Header"] and self._seen["LearningProvider"]):
            self.check.report(self._line, f"{name} comes before Header or LearningProvider")
        if name == "Learner" and self._seen["LearnerDestinationandProgression"]:
            self.check.report(self._line, "Learner comes after LearnerDestinationandProgression")

    def _no_text(self, text: str | None, line: int) -> None:
        if text and not text.isspace():
            self.check.report(line, "there is text between the elements of Message")
