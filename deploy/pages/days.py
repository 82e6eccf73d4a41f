"""How a day and a moment are put for a participant: as London reads them."""

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from consent_ledger.consent.last_day import last_day_of

_LONDON: Final = ZoneInfo("Europe/London")


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
