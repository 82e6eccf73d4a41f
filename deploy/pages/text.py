"""How a count, a moment and a provider's text are put for a person, in a terminal and on a page."""

import re
from datetime import UTC, datetime
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def counted(count: int, what: str) -> str:
    """Return a count with its noun, such as `1 event` or `2 events`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def when(at: datetime) -> str:
    """Return a moment for a terminal, in UTC and to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def clean(text: str) -> str:
    """Return a text without what a terminal obeys, except our own line breaks."""
    return "\n".join(_CONTROL.sub("\ufffd", line) for line in text.split("\n"))
