import io
import subprocess
import sys

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


def test_a_table_that_does_not_fit_is_told_cell_by_cell() -> None:
    """Its words stand whole, each beside the name of its column; an empty cell is left out."""
    told = io.StringIO()
    screen = Screen(Console(file=told, width=60, highlight=False))
    event_id = "6f1f64c2-1111-4222-8333-444455556666"
    screen.table(
        ("participant", "event", "holds", "closed"), [("NWD-SAMP-1E00-9", event_id, "", "x")]
    )
    lines = [line.split() for line in told.getvalue().splitlines() if line.strip()]

    assert lines == [["participant", "NWD-SAMP-1E00-9"], ["event", event_id], ["closed", "x"]]


def test_the_demo_can_speak_before_it_loads_the_bus() -> None:
    """Kafka's and PostgreSQL's clients take a second or more to import: nobody waits in silence."""
    program = (
        "import sys, deploy.cli.demo; print({'kafka', 'sqlalchemy', 'fastapi'} & set(sys.modules))"
    )

    done = subprocess.run(  # noqa: S603 - this Python, on our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"
