"""Replacing a file as a whole."""

import os
from pathlib import Path


def replace_file(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Put a new file in the place of one: who reads, and who starts after a power cut, gets either.

    The old one loses its name, and its bytes may lie on the disk until they are written over.

    Args:
        path: the file; its folder is there.
        content: what it holds from now on.
        mode: the rights of the new file, less those that the umask takes.

    Raises:
        OSError: the folder cannot be written to, or the disk is full; the old file stays.

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
