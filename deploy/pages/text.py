"""How a count, a moment and a provider's text are put for a person, in a terminal and on a page."""

import re
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from consent_ledger.consent.last_day import last_day_of

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_LONDON: Final = ZoneInfo("Europe/London")


def counted(count: int, what: str) -> str:
    """Return a count with its noun, such as `1 event` or `2 events`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def when(at: datetime) -> str:
    """Return a moment for a terminal, in UTC and to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def day(on: date) -> str:
    """Return a day as a participant reads it, such as `1 June 2026`."""
    return f"{on.day} {on:%B %Y}"


def london_day(at: datetime) -> str:
    """Return the day of a moment in London."""
    return day(at.astimezone(_LONDON))


def london_time(at: datetime) -> str:
    """Return a moment as a participant in London reads it, such as `1 June 2026, 1:05pm`."""
    there = at.astimezone(_LONDON)
    return f"{day(there)}, {there.hour % 12 or 12}:{there:%M}{('am', 'pm')[there.hour // 12]}"


def last_day(until: datetime) -> str:
    """Return the last day of what ends at a moment: days end by UTC, as they were set."""
    return day(last_day_of(until))


def clean(text: str) -> str:
    """Return a text without what a terminal obeys, except our own line breaks."""
    return "\n".join(_CONTROL.sub("\ufffd", line) for line in text.split("\n"))
