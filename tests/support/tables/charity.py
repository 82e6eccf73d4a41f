"""A charity that imports its tables, with all that it is given, in memory."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import xlsxwriter
import yaml

from producers.answers import read_answers
from producers.hub import DoorKey
from producers.snapshots.snapshot import SnapshotStore
from producers.tables.importer import TableImporter
from producers.tables.mapping import Mapping
from producers.tables.opening import read_table
from producers.tables.result import RowDone, RowStatus, TableResult
from producers.tables.table import Table, TableFile
from schemas.events import Event
from schemas.identifiers import ProviderId
from tests.support.ilr.hub import MemoryPublisher, MemoryRegistrar, MemorySnapshots

CHARITY: Final = ProviderId("charity-b")
SERVICES: Final = frozenset({"charity-b.mentoring", "charity-b.volunteering"})
DOOR_KEY: Final = DoorKey(b"a key for tests, 32 bytes long..")
NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMNS: Final = {
    "First name": "identity.given_names",
    "Surname": "identity.family_name",
    "Date of birth": "identity.date_of_birth",
    "Postcode": "contact.postcode",
    "Started": "participation.started_on",
    "Notes": "ignored",
}
HEADINGS: Final = ("Client ID", *COLUMNS)
ADA: Final = ("007", "Ada", "Sample", "14/03/1991", "e8 3rh", "02/02/2026", "likes tea")
BEN: Final = ("008", "Ben", "Sample", "01/12/1970", "E8 3RJ", "03/02/2026", "")


def mapping(**changes: Any) -> Mapping:
    """Return the charity's mapping, with changes."""
    plain = {
        "name": "clients",
        "version": 1,
        "reference": "Client ID",
        "columns": COLUMNS,
        "events": {
            "enrolment": {
                "fixed": {
                    "participation.service_id": "charity-b.mentoring",
                    "participation.stage": "started",
                }
            }
        },
    }
    made = Mapping.model_validate(plain | changes)
    assert [*made.faults()] == []
    return made


def written(made: Mapping, path: Path) -> Path:
    """Write a mapping to a file."""
    path.write_text(yaml.safe_dump(made.model_dump(mode="json", exclude_defaults=True)), "utf-8")
    return path


def csv_table(
    *rows: Sequence[object], headings: Sequence[str] = HEADINGS, encoding: str = "utf-8"
) -> Table:
    """Return a table of these rows as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return bytes_table(text.getvalue().encode(encoding))


def bytes_table(content: bytes, name: str = "clients.csv", sheet: str | None = None) -> Table:
    """Return the table in bytes."""
    return read_table(TableFile(name, io.BytesIO(content)), sheet)


def workbook(
    rows: Iterable[Sequence[object]], *, is_1904: bool = False, at: tuple[int, int] = (0, 0)
) -> bytes:
    """Return a workbook with these rows, days as days; `at` is its first cell."""
    content = io.BytesIO()
    options = {
        "date_1904": is_1904,
        "default_date_format": "dd/mm/yyyy",
        "in_memory": True,
        "strings_to_formulas": False,
    }
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet("Clients")
        for number, row in enumerate(rows):
            sheet.write_row(at[0] + number, at[1], row)
    return content.getvalue()


@dataclass
class Charity:
    """An importer with all that it is given, kept from one import to the next."""

    registrar: MemoryRegistrar = field(default_factory=MemoryRegistrar)
    snapshots: SnapshotStore = field(default_factory=MemorySnapshots)
    published: list[Event] = field(default_factory=list)
    rows: dict[int, tuple[RowStatus, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def importer(self) -> TableImporter:
        """Return the importer."""
        return TableImporter(
            CHARITY, DOOR_KEY, self.registrar, self.snapshots, lambda: NOW, SERVICES
        )

    def run(self, table: Table, made: Mapping | None = None, answers: str = "") -> TableResult:
        """Import; `published` is what this import sent, `rows` what became of each row."""
        publisher = MemoryPublisher()
        self.rows.clear()
        result = self.importer.run(
            table,
            made or mapping(),
            publisher,
            answers=read_answers(answers.encode(), str) if answers else {},
            on_row=self._note,
        )
        assert publisher.flushes == 1
        self.published = publisher.events
        return result

    def dry_run(self, table: Table, made: Mapping | None = None) -> TableResult:
        """Try; `published` is what would be sent."""
        self.published = []
        self.rows.clear()
        return self.importer.dry_run(
            table,
            made or mapping(),
            lambda _, event: self.published.append(event),
            on_row=self._note,
        )

    def _note(self, done: RowDone) -> None:
        self.rows[done.line] = (done.status, done.reasons)
