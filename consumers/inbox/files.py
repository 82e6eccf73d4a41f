"""Rows of texts as a file that a spreadsheet opens without running anything in it."""

import io
from collections.abc import Iterable, Sequence
from typing import IO, Any, Final

from defusedcsv import csv
from xlsxwriter import Workbook

from schemas.errors import BusError

SHEET_ROWS: Final = 1_048_576
"""Of a sheet, the headings included."""
_BEGINNING: Final = "\ufeff"
"""By it Excel knows that a file is UTF-8."""
Rows = Iterable[Sequence[str]]


class TooLongError(BusError):
    """A text that a cell does not take."""


def write_csv(file: IO[bytes], columns: Sequence[str], rows: Rows) -> None:
    """Write comma-separated values in UTF-8; what would be a formula begins with an apostrophe."""
    text = io.TextIOWrapper(file, "utf-8", newline="")
    text.write(_BEGINNING)
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    text.detach()  # and flush: the file stays open


def write_workbook(file: IO[bytes], columns: Sequence[str], rows: Rows, folder: str) -> None:
    """Write a workbook in which each cell is text, on as many sheets as it takes.

    A row is in memory at a time, the others are in `folder` until it is done. Raises TooLongError.
    """
    book = Workbook(file, {"constant_memory": True, "tmpdir": folder})
    try:
        sheet, at = _new_sheet(book, columns), 1
        for row in rows:
            if at == SHEET_ROWS:
                sheet, at = _new_sheet(book, columns), 1
            for place, text in enumerate(row):
                if text and sheet.write_string(at, place, text):
                    raise TooLongError(
                        f"A text of {columns[place]} is too long for a cell of Excel.",
                        "Take the table as CSV.",
                    )
            at += 1
    finally:
        book.close()


def _new_sheet(book: Workbook, columns: Sequence[str]) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    for place, heading in enumerate(columns):
        sheet.write_string(0, place, heading)
    return sheet
