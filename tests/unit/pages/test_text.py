"""How a count and a moment are written for a person."""

from datetime import UTC, datetime

import pytest

from deploy.pages.text import clean, counted, last_day, london_time, when


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


def test_a_terminal_shows_utc() -> None:
    """To the second."""
    assert when(datetime(2026, 6, 1, 12, tzinfo=UTC)) == "2026-06-01 12:00:00 UTC"


def test_what_ends_as_a_day_begins_lasted_until_the_day_before() -> None:
    """Days end by UTC, also in summer."""
    assert last_day(datetime(2026, 7, 1, tzinfo=UTC)) == "30 June 2026"


def test_control_characters_are_replaced() -> None:
    """Line breaks stay."""
    assert clean("a\x1b[2J\nb\u202e") == "a\N{REPLACEMENT CHARACTER}[2J\nb\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 events"), (1, "1 event"), (1200, "1,200 events")]
)
def test_a_count_has_its_noun(count: int, text: str) -> None:
    """One is one."""
    assert counted(count, "event") == text
