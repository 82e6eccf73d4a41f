"""Intervals of the clock, the same for every process: an hour begins on the hour, in UTC."""

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def is_another(before: datetime, now: datetime, every: timedelta) -> bool:
    """Return whether two moments lie in different intervals, also where a clock was set back."""
    return (before - _EPOCH) // every != (now - _EPOCH) // every


def beginning(now: datetime, every: timedelta) -> datetime:
    """Return the moment at which the present interval began."""
    return now - (now - _EPOCH) % every
