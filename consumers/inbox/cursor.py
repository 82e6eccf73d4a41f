"""A place in a tray as a text that its reader keeps, and does not look into."""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Final, NamedTuple

from schemas.errors import MalformedError

MOST_CHARACTERS: Final = 20_000
"""Of a cursor: a tray can have a thousand partitions."""
_FORM: Final = re.compile(rb"1 ([0-9A-Za-z_-]{1,40}) ([0-9]{1,12})((?: [0-9]{1,18}){1,1000})")


class CursorError(MalformedError):
    """A text that is no cursor."""


class TrayCursor(NamedTuple):
    """The next offset of each partition, in a tray by its topic's id.

    `caught_up_at` is the last moment, in seconds since 1970, at which that was the tray's end, or
    at which reading began with nothing: every retraction until then has been read.
    """

    topic_id: str
    caught_up_at: int
    positions: tuple[int, ...]

    def text(self) -> str:
        """Return the cursor as it is given out."""
        places = " ".join(map(str, self.positions))
        plain = f"1 {self.topic_id} {self.caught_up_at} {places}"
        return urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def parse_cursor(text: str) -> TrayCursor:
    """Return the cursor that was given out as a text. Raises CursorError."""
    try:
        plain = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        plain = b""
    found = _FORM.fullmatch(plain)
    if found is None:
        raise CursorError("That is not a cursor.", "Send `next` of the page before, as it came.")
    topic_id, caught_up_at, positions = found.groups()
    return TrayCursor(
        topic_id.decode(), int(caught_up_at), tuple(int(place) for place in positions.split())
    )
