"""The last day on which a grant holds, as people give it."""

from datetime import UTC, date, datetime, time, timedelta


def end_of_day(day: str) -> datetime:
    """Return the first moment after a day, such as 2027-03-31, by UTC; ValueError if it is none."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), UTC)
    except (ValueError, OverflowError):
        raise ValueError("a day is written as 2027-03-31") from None


def last_day_of(end: datetime) -> date:
    """Return the last day, by UTC, of what no longer holds at a moment."""
    return (end.astimezone(UTC) - timedelta(microseconds=1)).date()
