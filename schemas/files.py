"""Replacing a file as a whole."""

import os
from pathlib import Path


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace a file atomically: a reader, or a start after a power cut, gets the old or the new.

    `mode` is the new file's rights before the umask. The old file's bytes may lie on the disk until
    they are written over. Raises OSError when it cannot be written; then the old file stays.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode, exist_ok=False)
    with new.open("r+b") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
