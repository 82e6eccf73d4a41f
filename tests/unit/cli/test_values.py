"""What somebody told, as the command line shows it."""

import pytest
from pydantic import JsonValue

from deploy.cli.text.values import in_words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Ada", "Ada"),
        (7, "7"),
        (True, "yes"),
        (False, "no"),
        (["bus", 7], "bus, 7"),
        ([{"level": "3", "year": None}, {"level": "4"}], "level 3, level 4"),
    ],
)
def test_a_value_of_any_kind_is_told_in_words(value: JsonValue, words: str) -> None:
    """Also a list of records, as of qualifications: no kind ends a command."""
    assert in_words(value) == words
