import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.inbox.cursor import CursorError, TrayCursor, parse_cursor


@given(
    st.uuids().map(str),
    st.integers(0, 4_102_444_800),
    st.lists(st.integers(0, 10**15), min_size=1, max_size=20).map(tuple),
)
def test_a_cursor_comes_back_as_it_was_given_out(
    topic_id: str, moment: int, positions: tuple[int, ...]
) -> None:
    """In characters that a URL takes as they are."""
    text = TrayCursor(topic_id, moment, positions).text()

    assert parse_cursor(text) == TrayCursor(topic_id, moment, positions)
    assert text.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "é",
        "\0",
        "====",
        *(
            base64.urlsafe_b64encode(plain).decode()
            for plain in (b"1 topic 5", b"2 topic 5 1", b"1 topic 5 -1", b"1 topic 5 1\n", b"\xff")
        ),
    ],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    """In words that repeat nothing of it."""
    with pytest.raises(CursorError, match="not a cursor"):
        parse_cursor(text)
