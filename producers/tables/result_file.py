"""The whole table back, with a column for what became of each row, and one for the reasons.

A text stays a text: what begins as a formula does is kept from being run. Corrected, the file can
be imported again as it is: its own columns are passed over.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import BinaryIO, Final, NamedTuple

from defusedcsv import csv as defused
from xlsxwriter import Workbook

from producers.tables.cells import Habits, text
from producers.tables.headings import OURS
from producers.tables.table import Cell, Table

_DAY: Final = "dd/mm/yyyy"
_MOMENT: Final = "dd/mm/yyyy hh:mm"
_AS_WRITTEN: Final = Habits()


class RowOutcome(NamedTuple):
    """What became of a row and why; who would get what of it, and in addition once asked.

    In a run it has the number of its person instead.
    """

    status: str
    reasons: str = ""
    recipients: str = ""
    to_ask: str = ""
    number: str = ""


def write_result(
    stream: BinaryIO, table: Table, outcomes: Mapping[int, RowOutcome], *, is_workbook: bool
) -> None:
    """Write the table with what became of each row, by line: as a workbook, or as CSV."""
    if is_workbook:
        _write_workbook(stream, table, outcomes)
    else:
        _write_csv(stream, table, outcomes)


def _rows(table: Table, outcomes: Mapping[int, RowOutcome]) -> Iterator[Sequence[Cell]]:
    """Yield the headings, then each row, with our columns at the end of each."""
    kept = [place for place in range(len(table.headings.names)) if place not in table.headings.ours]
    yield [*(table.headings.names[place] for place in kept), *OURS]
    nothing = RowOutcome("")
    for row in table.rows():
        cells = [row.cells[place] if place < len(row.cells) else "" for place in kept]
        yield [*cells, *outcomes.get(row.line, nothing)]


def _write_csv(stream: BinaryIO, table: Table, outcomes: Mapping[int, RowOutcome]) -> None:
    lines = io.TextIOWrapper(stream, "utf-8-sig", newline="", write_through=True)
    writer = defused.writer(lines)
    for cells in _rows(table, outcomes):
        writer.writerow([_as_text(cell) for cell in cells])
    lines.detach()


def _as_text(cell: Cell) -> str:
    return cell if isinstance(cell, str) else text(cell, _AS_WRITTEN)


def _write_workbook(stream: BinaryIO, table: Table, outcomes: Mapping[int, RowOutcome]) -> None:
    with Workbook(stream, {"constant_memory": True, "date_1904": table.is_1904}) as book:
        sheet = book.add_worksheet(table.sheet)
        day, moment = (book.add_format({"num_format": form}) for form in (_DAY, _MOMENT))
        for line, cells in enumerate(_rows(table, outcomes)):
            for place, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(line, place, cell)
                elif isinstance(cell, bool):
                    sheet.write_boolean(line, place, cell)
                elif isinstance(cell, int | float):
                    sheet.write_number(line, place, cell)
                else:
                    has_hours = isinstance(cell, datetime | time | timedelta)
                    sheet.write_datetime(line, place, cell, moment if has_hours else day)
