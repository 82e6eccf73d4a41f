import os
from pathlib import Path

import pytest

from schemas.files import replace_file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a file that holds something."""
    path = tmp_path / "secret"
    path.write_bytes(b"the old one")
    return path


def test_a_file_is_replaced_as_a_whole_and_only_its_owner_may_read_it(file: Path) -> None:
    """Nothing is left beside it, not even what an earlier attempt that was cut short had begun."""
    file.with_name("secret.new").write_bytes(b"what a power cut left")

    replace_file(file, b"new")

    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_whoever_reads_meanwhile_gets_the_old_file_to_its_end(file: Path) -> None:
    """The old bytes are unlinked, and never written over under somebody who reads them."""
    with file.open("rb") as reader:
        begun = reader.read(4)
        replace_file(file, b"new")
        rest = reader.read()

    assert begun + rest == b"the old one"


def test_what_cannot_be_written_leaves_the_old_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full is an error, and no loss."""

    def full(_descriptor: int) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(OSError, match="No space left"):
        replace_file(file, b"new")

    assert file.read_bytes() == b"the old one"
