"""Rows that the audit sets aside come back whole, in order, and nobody reads them on the disk."""

import tempfile
from pathlib import Path
from typing import IO
from unittest.mock import patch

import pytest

from consent_ledger.audit.spool import PARTS, Row, Spool, new_file
from schemas.errors import BusError

KEYS = [b"NWD-%d" % number for number in range(300)]
ROWS: list[tuple[bytes, Row]] = [
    (key, (key, time, ("text", (b"bytes",)), None)) for time in range(100) for key in KEYS
]


def _fill(spool: Spool) -> None:
    for key, row in ROWS:
        spool.add(key, row)


def test_rows_of_a_key_come_back_in_their_order() -> None:
    """Those on disk first, then those that still wait; each key's are in one part."""
    with Spool() as spool:
        _fill(spool)
        found = [list(spool.rows(part)) for part in range(PARTS)]

    assert sum(map(len, found)) == len(ROWS)
    for key in KEYS:
        (part,) = [rows for rows in found if any(row[0] == key for row in rows)]
        assert [row for row in part if row[0] == key] == [row for name, row in ROWS if name == key]


def test_rows_on_the_disk_are_sealed() -> None:
    """Whose records there are is not for whoever reads the disk."""
    files: list[IO[bytes]] = []
    make = tempfile.TemporaryFile

    def make_seen(buffering: int) -> IO[bytes]:
        files.append(make(buffering=buffering))
        return files[-1]

    with patch("tempfile.TemporaryFile", make_seen), Spool() as spool:
        _fill(spool)
        (file,) = files
        file.seek(0)
        held = file.read()

    assert len(held) > 100_000
    assert b"NWD-" not in held


def test_a_full_disk_says_what_to_do() -> None:
    """With the folder's name and no row."""
    no_space = OSError(28, "No space left on device")
    with (
        patch("tempfile.TemporaryFile", side_effect=no_space),
        Spool() as spool,
        pytest.raises(BusError, match="takes no more") as refused,
    ):
        _fill(spool)

    assert "TMPDIR" in refused.value.hint


def test_a_disk_that_becomes_full_says_what_to_do() -> None:
    """Also when the file is given back, in which nothing more can be written."""
    with (
        Path("/dev/full").open("r+b", buffering=0) as file,
        pytest.raises(BusError, match="takes no more: No space left"),
        Spool(file) as spool,
    ):
        _fill(spool)


def test_a_process_reads_what_another_one_has_set_aside() -> None:
    """From the same file, with the same key, once all is written."""
    with new_file() as file, Spool(file, bytes(32)) as filled:
        _fill(filled)
        filled.write_all()
        found = Spool(file, bytes(32))
        found.written = filled.written
        rows = [row for part in range(PARTS) for row in found.rows(part)]

    assert sorted(row[:2] for row in rows) == sorted(row[:2] for _, row in ROWS)
