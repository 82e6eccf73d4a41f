"""What a file is, and how its rows are read: encodings, ragged rows, workbooks."""

import io
from datetime import date, datetime

import pytest
import xlsxwriter

from producers.tables.errors import TableError
from producers.tables.table import Table
from tests.support.tables.charity import ADA, BEN, HEADINGS, bytes_table, csv_table, workbook

TEXT = "Ref,Name\n1,Zoë\n"


def rows(table: Table) -> list[list[object]]:
    """Return the cells of a table's rows, which have no fault."""
    found = list(table.rows())
    assert [row.fault for row in found] == [None] * len(found)
    return [list(row.cells) for row in found]


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        TEXT.replace("\n", "\r\n").encode(),
        b"sep=;\r\n" + TEXT.replace(",", ";").encode(),
        ("Clients 2026,\n,\n" + TEXT + "\n,\n").encode(),
        TEXT.replace("Zoë", "\u200bZoë\u00a0\ufeff").encode(),
        TEXT.replace("1,Zoë", "1,Zoë,,").encode(),
    ],
)
def test_a_table_reads_the_same_however_it_was_saved(content: bytes) -> None:
    """By its byte order mark or its bytes, its separator, titles above it, and what is not seen."""
    table = bytes_table(content)

    assert table.headings.names == ("Ref", "Name")
    assert rows(table) == [["1", "Zoë"]]
    assert table.notes == ()


def test_what_windows_wrote_is_read_and_said() -> None:
    """Its letters cannot be told from others of other countries by the file alone."""
    table = bytes_table(TEXT.encode("cp1252"))

    assert rows(table) == [["1", "Zoë"]]
    assert [note.code for note in table.notes] == ["encoding"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n,,\n", "empty"),
        (b"Ref,Name,name\n1,2,3\n", "same heading in columns B and C"),
        (b"First_name,first NAME\n1,2\n", "same heading in columns A and B"),
        (b"Ref,,Name\n1,2,3\n", "no heading in column B"),
        (b"1,Ada,14/03/1991\n2,Ben,01/12/1970\n", "no headings, it seems: column C"),
        (b"Ada,ada@example.org\n", "no headings, it seems: column B"),
        (b'Ref,Name\n1,"Ada\n2,Ben\n', "opens in line 2 is never closed"),
        (b"%PDF-1.7", "a PDF"),
        (b"<?xml version='1.0'?>", "nwd import ilr"),
        (b"PK\x03\x04 nothing else", "damaged"),
        (bytes(range(256)) * 8, "no text"),
    ],
)
def test_what_is_no_table_is_named(content: bytes, message: str) -> None:
    """Nothing of it is shown, and no traceback."""
    with pytest.raises(TableError, match=message):
        bytes_table(content)


def test_ragged_rows_are_refused_by_their_line() -> None:
    """A comma that was typed, a break within a row, a quotation mark: the others are read."""
    table = bytes_table(
        b'Ref,Name,Town\n1,Ada,Hackney, E8\n2,Ben\n3,Cy,Bow\n4,"Di" Poe,Bow\n5,"E\nF",Bow\n6,G,H\n'
    )
    found = [(row.line, row.fault) for row in table.rows()]

    assert found == [
        (2, "it has 4 cells under 3 headings"),
        (3, "it has 2 cells under 3 headings"),
        (4, None),
        (5, "a quotation mark stands in the middle of a cell"),
        (6, None),
        (8, None),
    ]


def test_a_cell_can_hold_ten_megabytes() -> None:
    """As text: what is too long for a field is refused with its row."""
    long = "x" * 10_000_000
    table = csv_table(("1", long), headings=("Ref", "Name"))

    assert rows(table) == [["1", long]]


def test_a_workbook_is_read_as_a_person_sees_it() -> None:
    """Days are days in either system, and numbers that are days stay numbers of that system."""
    born = date(1991, 3, 14)
    content = [("Ref", "Born", "Number"), ("007", born, 33_311), ("", "", ""), (8, "", 1.5)]
    for is_1904 in (False, True):
        table = bytes_table(workbook(content, is_1904=is_1904), "clients.xlsx")
        assert rows(table) == [["007", born, 33_311.0], [8.0, "", 1.5]]
        assert table.is_1904 is is_1904
        assert [row.line for row in table.rows()] == [2, 4]


def test_a_table_can_begin_anywhere_in_a_sheet() -> None:
    """Columns have the letters that the sheet has."""
    table = bytes_table(workbook([("Ref", "Name"), ("1", "Ada")], at=(3, 2)))

    assert table.headings.line == 4
    assert table.headings.column(1) == "column D (Name)"
    assert rows(table) == [["1", "Ada"]]


def several(*, is_hidden: bool, merges: bool = False) -> bytes:
    """Return a workbook of two sheets with rows; the second may be hidden."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name in ("Clients", "Old"):
            sheet = book.add_worksheet(name)
            if merges:
                sheet.merge_range(0, 0, 0, 1, "Who")
                sheet.write_row(0, 2, ["Ref", "Town"])
            else:
                sheet.write_row(0, 0, ["Ref", "Name"])
            sheet.write_row(1, 0, ["1", name])
            sheet.write_formula(2, 0, "=1+1", value="2")
            sheet.write_string(2, 1, "=HYPERLINK(1)")
        if is_hidden:
            sheet.hide()
    return content.getvalue()


def test_of_several_sheets_one_is_named() -> None:
    """A hidden one is not read unless it is, and that is said; no formula is run."""
    with pytest.raises(TableError, match="2 sheets: Clients, Old"):
        bytes_table(several(is_hidden=False))
    with pytest.raises(TableError, match="no sheet New"):
        bytes_table(several(is_hidden=False), sheet="New")
    assert rows(bytes_table(several(is_hidden=False), sheet="old"))[0] == ["1", "Old"]
    table = bytes_table(several(is_hidden=True))
    assert rows(table) == [["1", "Clients"], ["2", "=HYPERLINK(1)"]]
    assert [note.code for note in table.notes] == ["hidden-sheets"]


def test_a_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any of it is unpacked."""
    content = workbook([HEADINGS, ADA])
    monkeypatch.setattr("producers.tables.workbook.LARGEST_UNPACKED", len(content))

    with pytest.raises(TableError, match="larger than"):
        bytes_table(content)


def test_headings_that_are_merged_are_refused() -> None:
    """The second of the cells has no name."""
    with pytest.raises(TableError, match="no heading in column B"):
        bytes_table(several(is_hidden=True, merges=True))


def test_a_workbook_and_its_csv_give_the_same_rows() -> None:
    """But for what kind of cell it is."""
    table = bytes_table(workbook([HEADINGS, ADA, BEN]))

    assert rows(table) == rows(csv_table(ADA, BEN))


def test_a_cell_with_an_hour_is_a_moment() -> None:
    """A spreadsheet has no zone."""
    moment = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 - as a cell holds it
    table = bytes_table(workbook([("Ref", "At"), ("1", moment)]))

    ((_, cell),) = rows(table)
    assert cell == moment or cell == moment.date()
