"""A table in a text file: CSV, by comma, semicolon or tab, as spreadsheets and systems write it.

The encoding is that of the byte order mark, else UTF-8, else, and then it is said, that of Windows
in western Europe (cp1252).
"""

import codecs
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from itertools import islice
from typing import BinaryIO, Final, TextIO

from producers.tables.errors import TableError
from producers.tables.headings import LOOKED_AT, Headings, find_headings
from producers.tables.spaces import cleaned, cleaned_row
from producers.tables.table import Note, Table, TableFile, TableRow

LARGEST_CELL: Final = 16 * 1024 * 1024
"""Characters in one cell: more is a quotation mark that is never closed."""
_PIECE: Final = 1024 * 1024
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS: Final = ",;\t"
_SAID: Final = "sep="
"""Excel's own first line, which names the separator."""
_WINDOWS: Final = Note(
    "encoding", "the text is not UTF-8: it was read as Windows writes it (cp1252); check accents"
)


def open_text(file: TableFile) -> Table:
    """Return the table in a text file. Raises TableError where it is none."""
    encoding = _encoding(file.stream)
    with _text(file.stream, encoding) as text:
        begin = list(islice(text, LOOKED_AT))
    separator = _separator(begin)
    lines = _lines(file.stream, encoding, separator)
    headings = find_headings((line, cells) for line, cells, _ in lines)
    notes = (_WINDOWS,) if encoding == "cp1252" else ()
    return Table(headings, lambda: _rows(file.stream, encoding, separator, headings), notes)


def _encoding(stream: BinaryIO) -> str:
    stream.seek(0)
    head = stream.read(4096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        zeros = head[1::2].count(0), head[0::2].count(0)
        if max(zeros) * 4 < len(head):
            raise TableError("The file is no text.", "Export it as CSV or as a workbook.")
        return "utf-16-le" if zeros[0] > zeros[1] else "utf-16-be"
    return "utf-8" if _decodes(stream, "utf-8") else _windows(stream)


def _windows(stream: BinaryIO) -> str:
    if _decodes(stream, "cp1252"):
        return "cp1252"
    raise TableError(
        "The text is neither UTF-8 nor as Windows writes it.", "Export it as CSV UTF-8."
    )


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := stream.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@contextmanager
def _text(stream: BinaryIO, encoding: str) -> Iterator[TextIO]:
    """Give the stream as text from its start, and leave it open."""
    stream.seek(0)
    text = TextIOWrapper(stream, encoding, newline="")
    try:
        yield text
    except UnicodeDecodeError:
        raise TableError(
            "The text ends or breaks off within a character.", "Export it again."
        ) from None
    finally:
        text.detach()


def _separator(begin: list[str]) -> str:
    """Return what parts the columns: as the file says, or what the headings have most of."""
    first = begin[0].strip("\ufeff \r\n") if begin else ""
    if first.lower().startswith(_SAID) and len(first) == len(_SAID) + 1:
        return first[-1]
    if any(line.lower().startswith(_SAID + "\t") for line in begin[:1]):
        return "\t"
    heading = max(begin, key=lambda line: max(map(line.count, _SEPARATORS)), default="")
    return max(_SEPARATORS, key=heading.count)


def _lines(
    stream: BinaryIO, encoding: str, separator: str
) -> Iterator[tuple[int, list[str], str | None]]:
    """Yield each line of cells as they stand, with its number, and what is wrong with it."""
    csv.field_size_limit(LARGEST_CELL)  # of the whole process; by default it is 128 kB
    with _text(stream, encoding) as text:
        reader = csv.reader(text, delimiter=separator, strict=True)
        line = 1
        while True:
            try:
                for cells in reader:
                    if line > 1 or not _says_separator(cells):
                        yield line, cells, None
                    line = reader.line_num + 1
            except csv.Error as error:
                if "end of data" in str(error) or "field limit" in str(error):
                    raise TableError(
                        f"A quotation mark that opens in line {line} is never closed.",
                        "Close it, or write it twice where it is meant.",
                    ) from None
                yield line, [], "a quotation mark stands in the middle of a cell"
                line = reader.line_num + 1
            else:
                return


def _says_separator(cells: list[str]) -> bool:
    return cleaned(cells[0] if cells else "").lower() == _SAID


def _rows(
    stream: BinaryIO, encoding: str, separator: str, headings: Headings
) -> Iterator[TableRow]:
    """Yield the rows below the headings that hold anything."""
    width = len(headings.names)
    for line, written, fault in _lines(stream, encoding, separator):
        if line <= headings.line:
            continue
        if fault is not None:
            yield TableRow(line, (), fault)
            continue
        cells = cleaned_row(written)
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if not any(cells):
            continue
        is_ragged = len(cells) != width
        yield TableRow(
            line, cells, f"it has {len(cells)} cells under {width} headings" if is_ragged else None
        )
