"""A file that somebody hands in, opened as the table that it is by its first bytes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from producers.tables.errors import TableError
from producers.tables.table import Table, TableFile
from producers.tables.text_table import open_text
from producers.tables.workbook import open_workbook

_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OTHERS: Final = (
    (b"%PDF", "a PDF"),
    (b"{\\rtf", "a document"),
    (b"<?xml", "XML: an ILR return is taken by `nwd import ilr`"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
)


@contextmanager
def open_table(path: Path, sheet: str | None = None) -> Iterator[Table]:
    """Open a file: CSV, or a sheet of a workbook.

    Raises TableError where it is no table; OSError where it cannot be read.
    """
    with path.open("rb") as stream:
        yield read_table(TableFile(path.name, stream), sheet)


def read_table(file: TableFile, sheet: str | None = None) -> Table:
    """Return the table in a file. Raises TableError where there is none."""
    file.stream.seek(0)
    head = file.stream.read(8)
    if head.startswith(_WORKBOOKS):
        return open_workbook(file, sheet)
    for start, kind in _OTHERS:
        if head.startswith(start):
            raise TableError(f"The file is {kind}, not a table.", "Export it as CSV or .xlsx.")
    return open_text(file)
