"""A table in a workbook: a sheet of an .xlsx, .xls or .ods. No formula is run.

A cell is what was worked out when the workbook was saved. A hidden sheet is not read, unless the
mapping names it; hidden rows are read as the others.
"""

import re
import zipfile
from collections.abc import Iterator
from typing import BinaryIO, Final

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from producers.tables.errors import TableError
from producers.tables.headings import find_headings
from producers.tables.spaces import cleaned
from producers.tables.table import Cell, Note, Table, TableFile, TableRow

LARGEST: Final = 256 * 1024 * 1024
LARGEST_UNPACKED: Final = 1024 * 1024 * 1024
_IS_1904: Final = re.compile(rb"<workbookPr[^>]*\bdate1904=[\"'](?:1|true)[\"']")
_HINT: Final = "Save it again as a workbook (.xlsx), or export it as CSV UTF-8."


def open_workbook(file: TableFile, sheet_name: str | None) -> Table:
    """Return the table in a sheet of a workbook: the one that is named, or its only one.

    Raises TableError where the workbook cannot be read, or does not say which sheet is meant.
    """
    _demand_bounds(file.stream)
    file.stream.seek(0)
    try:
        workbook = CalamineWorkbook.from_filelike(file.stream)
        sheet, notes = _sheet(workbook, sheet_name)
    except PasswordError:
        raise TableError("The workbook is locked by a password.", "Save it without.") from None
    except CalamineError:
        raise TableError("The workbook is damaged, or of a kind that is not read.", _HINT) from None
    headings = find_headings(_lines(sheet), shift=sheet.start[1] if sheet.start else 0)
    width = len(headings.names)

    def rows() -> Iterator[TableRow]:
        for line, written in _lines(sheet):
            cells = [cleaned(cell) if isinstance(cell, str) else cell for cell in written]
            if line <= headings.line or not any(map(_is_filled, cells)):
                continue
            is_wider = len(cells) > width and any(map(_is_filled, cells[width:]))
            fault = f"it has cells right of the {width} headings" if is_wider else None
            yield TableRow(line, cells[:width], fault)

    return Table(headings, rows, notes, is_1904=_is_1904(file.stream), sheet=sheet.name)


def _demand_bounds(stream: BinaryIO) -> None:
    """Raise TableError where the file, or what it unpacks to, is larger than a table can be."""
    size = stream.seek(0, 2)
    unpacked = 0
    stream.seek(0)
    if zipfile.is_zipfile(stream):
        with zipfile.ZipFile(stream) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    if size > LARGEST or unpacked > LARGEST_UNPACKED:
        raise TableError(
            f"The workbook is larger than {LARGEST // 1024**2} MB, or than"
            f" {LARGEST_UNPACKED // 1024**2} MB unpacked.",
            "Export the sheet as CSV, or in parts.",
        )


def _sheet(workbook: CalamineWorkbook, name: str | None) -> tuple[CalamineSheet, tuple[Note, ...]]:
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]
    if name is not None:
        for sheet in sheets:
            if cleaned(sheet.name).casefold() == cleaned(name).casefold():
                return workbook.get_sheet_by_name(sheet.name), ()
        raise TableError(
            f"The workbook has no sheet {name}.",
            f"It has: {', '.join(sheet.name for sheet in sheets)}.",
        )
    seen = [sheet.name for sheet in sheets if sheet.visible is SheetVisibleEnum.Visible]
    filled = [found for found in map(workbook.get_sheet_by_name, seen) if found.height]
    if not filled:
        raise TableError("The workbook has no sheet with anything in it.", _HINT)
    if len(filled) > 1:
        raise TableError(
            f"The workbook has {len(filled)} sheets: {', '.join(sheet.name for sheet in filled)}.",
            "Name the one that is meant as `sheet` in the mapping, or by --sheet.",
        )
    hidden = len(sheets) - len(seen)
    notes = (Note("hidden-sheets", f"{hidden} hidden sheet(s) not read"),) if hidden else ()
    return filled[0], notes


def _lines(sheet: CalamineSheet) -> Iterator[tuple[int, list[Cell]]]:
    return enumerate(sheet.iter_rows(), start=1)


def _is_filled(cell: Cell) -> bool:
    return not isinstance(cell, str) or bool(cleaned(cell))


def _is_1904(stream: BinaryIO) -> bool:
    """Return whether a workbook (.xlsx) counts days from 1904; other kinds say so in each cell."""
    stream.seek(0)
    if not zipfile.is_zipfile(stream):
        return False
    with zipfile.ZipFile(stream) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            return False
        return _IS_1904.search(archive.read("xl/workbook.xml")) is not None
