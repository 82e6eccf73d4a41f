"""One at a time changes who is on the bus, and who may do what at Kafka."""

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_FILE: Final = "access.lock"
_log = logging.getLogger(__name__)


@contextmanager
def access_lock(home: Path) -> Iterator[None]:
    """Wait until nobody else changes that on this home, and say so; keep others waiting meanwhile.

    Each such change reads the whole table and makes the broker equal to it: of two at once, one
    would take away what the other has just made. Whoever dies lets go. Raises OSError.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / _FILE).touch(mode=0o600)
    with (home / _FILE).open("r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log.warning("Another command changes who is on the bus: waiting until it has ended.")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
