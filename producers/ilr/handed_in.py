"""A return as it was handed in: an XML file, or a .zip with one in it, as some systems export it.

A .zip is read in a stream, like the XML itself: nothing of it is written to a disk. What an archive
says of its own size is binding, and more than a return can have is refused before it is read.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_SET, BufferedReader, RawIOBase
from pathlib import Path, PureWindowsPath
from typing import IO, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from typing_extensions import Buffer, override

from producers.ilr.errors import ReturnRefusedError

MEGABYTE: Final = 1024 * 1024
LARGEST_ARCHIVE: Final = 256 * MEGABYTE
LARGEST_RETURN: Final = 1024 * MEGABYTE
"""Of an XML in an archive: a learner takes 3 to 8 kB, so these are some 200,000 learners."""

_HEAD_BYTES: Final = 4096
_ZIP: Final = b"PK"
_OTHERS: Final = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"%PDF", "a PDF"),
    (b"\xd0\xcf\x11\xe0", "a document or a workbook of Office"),
)
_OF_OFFICE: Final = frozenset({"[Content_Types].xml", "mimetype"})
"""An entry that archives have which are documents."""
_LOCKED: Final = 0x1
_HINT: Final = "Export the return as XML from the learner records system, or as a .zip of one XML."


@dataclass(frozen=True, slots=True)
class ReturnFile:
    """A return as it was handed in: the file's own name, and a stream that can be read twice."""

    name: str
    stream: BinaryIO


@contextmanager
def open_return(path: Path) -> Iterator[ReturnFile]:
    """Open a file that is a return, or a .zip of one, whose name is then that of the XML in it.

    Raises ReturnRefusedError where the file is something else by its first bytes, or the archive
    cannot be taken; OSError where it cannot be read.
    """
    with path.open("rb") as stream:
        stream.seek(0)  # a pipe cannot
        head = stream.read(_HEAD_BYTES)
        stream.seek(0)
        if not head.startswith(_ZIP):
            _demand_no_other(head)
            yield ReturnFile(path.name, stream)
            return
        with _opened(stream) as archive:
            entry = _the_return(archive)
            with archive.open(entry) as unpacked:
                yield ReturnFile(
                    PureWindowsPath(entry.filename).name, BufferedReader(_Unpacked(unpacked))
                )


class _Unpacked(RawIOBase):
    """An entry of an archive, whose faults are told in words."""

    def __init__(self, entry: IO[bytes]) -> None:
        super().__init__()
        self._entry = entry

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        room = memoryview(buffer)
        try:
            piece = self._entry.read(len(room))
        except (BadZipFile, EOFError, zlib.error):
            raise _damaged() from None
        room[: len(piece)] = piece
        return len(piece)

    @override
    def seek(self, offset: int, whence: int = SEEK_SET, /) -> int:
        return self._entry.seek(offset, whence)


def _opened(stream: BinaryIO) -> ZipFile:
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > LARGEST_ARCHIVE:
        largest = LARGEST_ARCHIVE // MEGABYTE
        raise ReturnRefusedError(f"The .zip is larger than {largest} MB.", _HINT)
    try:
        return ZipFile(stream)
    except (BadZipFile, NotImplementedError, ValueError):
        raise _damaged() from None


def _the_return(archive: ZipFile) -> ZipInfo:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if _OF_OFFICE & {entry.filename for entry in entries}:
        raise ReturnRefusedError("This is a workbook or a document, not a return.", _HINT)
    found = [
        entry
        for entry in entries
        if entry.filename.lower().endswith(".xml") and not entry.filename.startswith("__MACOSX/")
    ]
    if len(found) != 1:
        raise ReturnRefusedError(f"The .zip holds {len(found)} XML files, not one.", _HINT)
    (entry,) = found
    if entry.flag_bits & _LOCKED:
        raise ReturnRefusedError("The .zip is locked by a password.", "Unpack it first.")
    if entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise ReturnRefusedError("The .zip is packed by a method that is not read.", _HINT)
    if entry.file_size > LARGEST_RETURN:
        largest = LARGEST_RETURN // MEGABYTE
        raise ReturnRefusedError(
            f"Unpacked, the XML would be larger than {largest} MB.",
            "No return is: check what was packed. A larger one is taken as XML.",
        )
    return entry


def _demand_no_other(head: bytes) -> None:
    for start, kind in _OTHERS:
        if head.startswith(start):
            raise ReturnRefusedError(f"This is {kind}, not a return.", _HINT)
    if _is_table(head):
        raise ReturnRefusedError(
            "This is a table (CSV), not a return in XML.",
            f"`nwd import csv` takes tables. {_HINT}",
        )


def _is_table(head: bytes) -> bool:
    """Return whether the first line is words parted by commas, semicolons or tabs, and no tag."""
    first = head.decode("utf-8-sig", errors="replace").lstrip().partition("\n")[0]
    return "<" not in first and any(sign in first for sign in ",;\t")


def _damaged() -> ReturnRefusedError:
    return ReturnRefusedError("The .zip is damaged.", "Export the return again, or copy it again.")
