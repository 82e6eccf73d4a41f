"""How a day and a moment are written for a participant."""

from datetime import UTC, datetime

import pytest

from deploy.pages.days import last_day, london_time


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 1, 1, 0, 5, tzinfo=UTC), "1 January 2026, 12:05am"),
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), "1 July 2026, 12:30am"),
        (datetime(2026, 6, 1, 11, tzinfo=UTC), "1 June 2026, 12:00pm"),
        (datetime(2026, 12, 1, 15, 9, tzinfo=UTC), "1 December 2026, 3:09pm"),
    ],
)
def test_a_participant_reads_the_time_of_london(at: datetime, shown: str) -> None:
    """Summer time is an hour ahead of UTC."""
    assert london_time(at) == shown


def test_what_ends_as_a_day_begins_lasted_until_the_day_before() -> None:
    """Days end by UTC, also in summer."""
    assert last_day(datetime(2026, 7, 1, tzinfo=UTC)) == "30 June 2026"
