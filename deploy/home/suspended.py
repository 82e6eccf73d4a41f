"""The organisations that are kept out of Kafka for now: a name a line, in the home."""

from pathlib import Path
from typing import Final

from schemas.files import replace_file

_FILE: Final = "suspended-organisations"


def read_suspended(home: Path) -> frozenset[str]:
    """Return the suspended organisations' ids. Raises OSError when the file cannot be read."""
    try:
        return frozenset((home / _FILE).read_text("ascii").split())
    except FileNotFoundError:
        return frozenset()


def write_suspended(home: Path, organisations: frozenset[str]) -> None:
    """Keep these ids, and no others. Raises OSError when the file cannot be written."""
    replace_file(home / _FILE, "".join(f"{name}\n" for name in sorted(organisations)).encode())
