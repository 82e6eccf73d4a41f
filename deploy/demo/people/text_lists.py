"""The lists that made-up people are drawn from, one entry a line, in the folder `lists`."""

from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "lists"


def text_list(file: str) -> tuple[str, ...]:
    """Return the lines of a list."""
    return tuple((_FOLDER / file).read_text("utf-8").splitlines())
