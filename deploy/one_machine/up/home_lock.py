"""One `nwd up` a home: a lock that the system takes away when its holder ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.one_machine.embedded.pid_file import FolderInUseError
from schemas.errors import BusError


class HomeError(BusError):
    """A home folder that cannot be used."""


@contextmanager
def hold_home(home: Path) -> Iterator[None]:
    """Make the folder where there is none, and hold it until the block ends.

    Raises FolderInUseError when another `nwd up` holds it, HomeError when it cannot be written.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(home / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise HomeError(
            f"The home {home} cannot be used: {error.strerror}.",
            "Name a folder that you may write, by NWD_HOME or --home.",
        ) from None
    try:
        _lock(lock, home)
        yield
    finally:
        os.close(lock)


def _lock(lock: int, home: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 20, 0).decode(errors="replace").strip()
        raise FolderInUseError(
            f"The home {home} is in use: process {holder or '(unknown)'} runs `nwd up` there.",
            "Every other command works with that one. Stop it (Ctrl-C in its terminal, or"
            " `kill` with its number), or choose another home by NWD_HOME or --home.",
        ) from None
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
