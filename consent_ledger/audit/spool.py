"""Rows set aside on disk by their key, and read again a part at a time: memory does not grow.

The file has no name and is gone with the processes that have it open. Its bytes are sealed under a
key that only those have: whose records there are is told to nobody who reads the disk.
"""

import marshal
import os
import tempfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, Final, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.journal.vault import seal, unseal
from schemas.errors import BusError

PARTS: Final = 256
_PORTION: Final = 64
"""Rows of a part that are written together; fewer wait in memory."""

Row = tuple[Any, ...]

Portions = dict[int, list[tuple[int, int]]]
"""Where in the file the rows of a part are: offset and length of each portion, in bytes."""


class Spool:
    """Rows, in the order in which they came within each part.

    A row has what `marshal` takes: texts, bytes, numbers, None and plain tuples of them.

    Another process may fill it: with a file of `new_file` that both have open, unbuffered, and the
    same key, 32 bytes. Both are made where none is given. `written` is then what that process says.
    """

    def __init__(self, file: IO[bytes] | None = None, key: bytes | None = None) -> None:
        self.written: Portions = {}
        self._waiting: dict[int, list[Row]] = {}
        self._aead = AESGCM(key or AESGCM.generate_key(256))
        self._file = file
        self._end = 0

    def add(self, key: bytes, row: Row) -> None:
        """Set a row aside under a key. Raises BusError when the disk is full."""
        part = zlib.crc32(key) % PARTS
        rows = self._waiting.get(part)
        if rows is None:
            rows = self._waiting[part] = []
        rows.append(row)
        if len(rows) == _PORTION:
            self._write(part, rows)
            rows.clear()

    def write_all(self) -> None:
        """Write what waits in memory: another process reads it. Raises BusError as `add`."""
        for part, rows in self._waiting.items():
            if rows:
                self._write(part, rows)
        self._waiting.clear()

    @property
    def parts(self) -> set[int]:
        """The parts in which there are rows."""
        return {*self._waiting, *self.written}

    def rows(self, part: int) -> Iterator[Row]:
        """Yield the rows of a part: all that are under a key are in the same."""
        if self._file is not None:
            for at, length in self.written.get(part, ()):
                portion = unseal(self._aead, os.pread(self._file.fileno(), length, at), b"")
                yield from marshal.loads(portion)  # noqa: S302 - sealed by a process of this audit
        yield from self._waiting.get(part, ())

    @property
    def descriptor(self) -> int:
        """The number of the file, by which a process is given it; there must be one."""
        if self._file is None:
            raise ValueError("a spool without a file")
        return self._file.fileno()

    def close(self) -> None:
        """Give the disk back."""
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self, part: int, rows: list[Row]) -> None:
        sealed = seal(self._aead, marshal.dumps(rows), b"")
        if self._file is None:
            self._file = new_file()
        try:
            at = 0
            while at < len(sealed):  # where the disk is nearly full only some of it is taken
                at += self._file.write(sealed[at:])
        except OSError as error:
            raise _no_room(error) from None
        self.written.setdefault(part, []).append((self._end, len(sealed)))
        self._end += len(sealed)


def new_file() -> IO[bytes]:
    """Return a file without a name. Raises BusError when the disk is full."""
    try:
        return tempfile.TemporaryFile(buffering=0)
    except OSError as error:
        raise _no_room(error) from None


def _no_room(error: OSError) -> BusError:
    return BusError(
        f"{tempfile.gettempdir()} takes no more: {error.strerror}.",
        "Make room there, or set TMPDIR to a folder with more.",
    )
