"""Rows set aside on disk by their key, and read again a part at a time: memory does not grow.

The file has no name and is gone with the process. Its bytes are sealed under a key that only this
process has: whose records there are is told to nobody who reads the disk.
"""

import marshal
import tempfile
from collections.abc import Iterator
from typing import IO, Any, Final, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.journal.vault import seal, unseal
from schemas.errors import BusError

PARTS: Final = 256
_PORTION: Final = 64
"""Rows of a part that are written together; fewer wait in memory."""

Row = tuple[Any, ...]


class Spool:
    """Rows, in the order in which they came within each part.

    A row has what `marshal` takes: texts, bytes, numbers, None and plain tuples of them.
    """

    def __init__(self) -> None:
        self._waiting: dict[int, list[Row]] = {}
        self._written: dict[int, list[tuple[IO[bytes], int, int]]] = {}
        self._aead = AESGCM(AESGCM.generate_key(256))
        self._file: IO[bytes] | None = None

    def add(self, key: bytes, row: Row) -> None:
        """Set a row aside under a key. Raises BusError when the disk is full."""
        part = hash(key) % PARTS
        rows = self._waiting.get(part)
        if rows is None:
            rows = self._waiting[part] = []
        rows.append(row)
        if len(rows) == _PORTION:
            self._write(part, rows)
            rows.clear()

    @property
    def parts(self) -> set[int]:
        """The parts in which there are rows."""
        return {*self._waiting, *self._written}

    def rows(self, part: int) -> Iterator[Row]:
        """Yield the rows of a part: all that are under a key are in the same."""
        for file, at, length in self._written.get(part, ()):
            file.seek(at)
            portion = unseal(self._aead, file.read(length), b"")
            yield from marshal.loads(portion)  # noqa: S302 - sealed by this very process
        yield from self._waiting.get(part, ())

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
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - `close` does
            at = self._file.seek(0, 2)
            self._file.write(sealed)
            self._file.flush()
        except OSError as error:
            raise BusError(
                f"{tempfile.gettempdir()} takes no more: {error.strerror}.",
                "Make room there, or set TMPDIR to a folder with more.",
            ) from None
        self._written.setdefault(part, []).append((self._file, at, len(sealed)))
