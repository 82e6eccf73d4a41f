"""Replacing a secret on the disk: whole, at once, and with nothing left of the old one."""

import os
from pathlib import Path


def replace_secret(path: Path, content: bytes) -> None:
    """Replace a file as a whole: after a power cut it is the old one or the new one."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    with new.open("r+b") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    with path.open("r+b") as old:
        new.replace(path)
        _sync_folder(path.parent)
        # what was replaced has no name any more, and may lie on the disk: overwritten as well
        old.write(bytes(os.fstat(old.fileno()).st_size))
        old.flush()
        os.fsync(old.fileno())


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
