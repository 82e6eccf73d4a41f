import json
import re
from datetime import UTC, date, datetime

import pytest

from deploy.cli import output
from schemas.errors import BusError

Captured = pytest.CaptureFixture[str]


def test_a_failure_goes_to_standard_error_with_its_hint(capsys: Captured) -> None:
    """Results alone are on standard output."""
    output.failure(BusError("The tray is away.", "Start it."))

    assert capsys.readouterr() == ("", "Error: The tray is away.\nStart it.\n")


def test_what_a_terminal_would_obey_is_replaced(capsys: Captured) -> None:
    """A provider's text cannot move the cursor, ring, or write from right to left."""
    output.table("Story", ("said",), [["\x1b[2Jgone\x07 \u202e\x9b1m\nnext"]])

    printed = capsys.readouterr().out
    assert printed == "Story\n  said\n  \ufffd[2Jgone\ufffd \ufffd\ufffd1m next\n"


def test_json_is_one_line_of_ascii(capsys: Captured) -> None:
    """It passes through any locale, and holds no control character as it stands."""
    output.json_object(
        {
            "name": "Zoë\x1b",
            "at": datetime(2026, 6, 1, 12, tzinfo=UTC),
            "on": date(2026, 6, 1),
            "of": frozenset(("b", "a")),
        }
    )

    printed = capsys.readouterr().out
    assert printed.isascii()
    assert printed.count("\n") == 1
    assert "\x1b" not in printed
    assert json.loads(printed) == {
        "name": "Zoë\x1b",
        "at": "2026-06-01T12:00:00Z",
        "on": "2026-06-01",
        "of": ["a", "b"],
    }


def test_a_table_in_a_pipe_has_one_line_a_row(capsys: Captured) -> None:
    """However long a row is; numbers stand at the right, and no line ends in spaces."""
    output.table("Trays", ("agreement", "records"), [("a" * 200, 1_000), ("b", 7)])

    assert capsys.readouterr().out.splitlines() == [
        "Trays",
        f"  {'agreement':200}  records",
        f"  {'a' * 200}    1,000",
        f"  {'b':200}        7",
    ]


def test_a_table_without_rows_says_so(capsys: Captured) -> None:
    """Heads over nothing would look like a mistake."""
    output.table("Differences", ("key",), [])

    assert capsys.readouterr().out == "Differences: nothing\n"


def test_a_table_on_a_terminal_is_drawn(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """There, what does not fit is folded, not cut."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    output.table("Trays", ("agreement", "records"), [("x" * 60, 3)])

    printed = capsys.readouterr().out
    lines = re.sub(r"\x1b\[[0-9;]*m", "", printed).splitlines()
    assert printed.count("x") == 60
    assert max(map(len, lines)) <= 40


def test_progress_in_a_pipe_is_one_line_a_task(capsys: Captured) -> None:
    """A log of an import is not full of bars."""
    with output.progress() as advance:
        for done in range(3):
            advance("checking", done, None)
        advance("importing", 1, 3)

    assert capsys.readouterr() == ("", "checking ...\nimporting ...\n")
