"""How a count and a moment are written for a person."""

from datetime import UTC, datetime

import pytest

from deploy.pages.text import clean, counted, when


def test_a_terminal_shows_utc() -> None:
    """To the second."""
    assert when(datetime(2026, 6, 1, 12, tzinfo=UTC)) == "2026-06-01 12:00:00 UTC"


def test_control_characters_are_replaced() -> None:
    """Line breaks stay."""
    assert clean("a\x1b[2J\nb\u202e") == "a\N{REPLACEMENT CHARACTER}[2J\nb\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 events"), (1, "1 event"), (1200, "1,200 events")]
)
def test_a_count_has_its_noun(count: int, text: str) -> None:
    """One is one."""
    assert counted(count, "event") == text
