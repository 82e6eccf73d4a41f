import io

import pytest
from rich.console import Console

from deploy.demo.story.screen import Screen

TABLES: dict[str, tuple[tuple[str, ...], list[tuple[object, ...]]]] = {
    "trays": (
        ("Recipient", "people", "records", "with closed categories"),
        [
            ("Fernmoor Council's jobs team", 1_180, 12_091, 1_019),
            ("Lanternfield College of Further Education", 15, 22, 8),
            ("The hub's statistics team", 30, 160, 0),
        ],
    ),
    "statistics": (
        ("Provider", "referred", "enrolled", "reached", "days to enrol"),
        [("Lanternfield College", 15, 20, 10, 32), ("not known", "-", 5, "-", "-")],
    ),
    "questions": (
        ("Question", "why it is asked"),
        [("Do you have a Unique Learner Number?", "she keeps equality out of her passport")],
    ),
    "one record": (
        ("out.college-c.outcomes", ""),
        [
            ("outcome", "paid work of 16 hours a week or more"),
            ("who helped", "Fernmoor Council (job brokerage), Lanternfield College (training)"),
        ],
    ),
}


def drawn(name: str, width: int) -> str:
    """Return a table of the story as it stands on a terminal of that width."""
    told = io.StringIO()
    columns, rows = TABLES[name]
    Screen(Console(file=told, width=width, highlight=False)).table(columns, rows)
    return told.getvalue()


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", TABLES)
def test_no_table_of_the_story_breaks_inside_a_word(name: str, width: int) -> None:
    """Every word of every cell stands whole on some line, and no line is too long."""
    text = drawn(name, width)
    columns, rows = TABLES[name]
    values = [cell for row in rows for cell in row]
    cells = [*columns, *(f"{one:,}" if isinstance(one, int) else str(one) for one in values)]

    assert {word for cell in cells for word in cell.split()} <= set(text.split())
    assert max(map(len, text.splitlines())) <= width


def test_a_table_stays_on_one_line_a_row_where_there_is_room() -> None:
    """It breaks only what would not fit."""
    assert "Lanternfield College of Further Education" in drawn("trays", 120)


def test_a_table_that_cannot_fit_breaks_words_before_it_makes_a_line_too_long() -> None:
    """On 20 characters there is no other way."""
    assert max(map(len, drawn("statistics", 20).splitlines())) <= 20
