"""Cells as values: identifiers keep their digits, days are days, and nothing is guessed."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from producers.tables import cells, identifiers
from producers.tables.cells import CellError, Convert, Habits
from producers.tables.fields import fields_of
from producers.tables.table import Cell
from schemas.blocks import Qualification

TODAY = Habits(today=date(2026, 3, 1))
BORN = date(1991, 3, 14)


@pytest.mark.parametrize(
    ("convert", "cell", "value"),
    [
        (cells.text, "007", "007"),
        (cells.text, 7.0, "7"),
        (cells.text, 1234567891.0, "1234567891"),
        (cells.text, "1.234567891E+09", "1234567891"),
        (cells.text, "'=1+1", "=1+1"),
        (cells.text, "'Ada", "'Ada"),
        (identifiers.uln, 1000000019.0, "1000000019"),
        (identifiers.uln, "1000 0000 19", "1000000019"),
        (identifiers.uln, "9999999999", None),
        (identifiers.ni_number, "ab 12 34 56 c", "AB123456C"),
        (identifiers.ni_number, "AB123456", "AB123456 "),
        (identifiers.ni_number, "tn 01 01 85 f", None),
        (identifiers.postcode, "e83rh", "E8 3RH"),
        (identifiers.phone, 7700900123.0, "07700900123"),
        (identifiers.phone, "7700 900123", "7700 900123"),
        (identifiers.phone, "'+44 7700 900123", "+44 7700 900123"),
        (cells.day, "14/03/1991", BORN),
        (cells.day, "14.3.91", BORN),
        (cells.day, "1991-03-14", BORN),
        (cells.day, "1991-03-14T00:00:00Z", BORN),
        (cells.day, "14 March 1991", BORN),
        (cells.day, "14-Mar-1991", BORN),
        (cells.day, 33311.0, BORN),
        (cells.day, "33311", BORN),
        (cells.day, BORN, BORN),
        (cells.birthday, "14/03/91", BORN),
        (cells.birthday, "14/03/08", date(2008, 3, 14)),
        (cells.day, "14/03/26", date(2026, 3, 14)),
        (cells.moment, "14/03/1991", datetime(1991, 3, 14, tzinfo=UTC)),
        (cells.moment, "2026-07-01T09:30:00", datetime(2026, 7, 1, 8, 30, tzinfo=UTC)),
        (cells.moment, "2020-07-31T20:30:00.000+0000", datetime(2020, 7, 31, 20, 30, tzinfo=UTC)),
        (cells.yes_or_no, "Y", True),
        (cells.yes_or_no, "no", False),
        (cells.yes_or_no, 1.0, True),
        (cells.number, "£1,200.50", 1200.5),
        (cells.whole, "31", 31),
        (cells.pence, "£11.44", 1144),
        (cells.pence, 11.44, 1144),
        (cells.texts, "CV; interviews;", ("CV", "interviews")),
        (cells.words_of(("phone", "in_person")), "In Person; phone", ("in_person", "phone")),
        (cells.wholes, "4, 5", (4, 5)),
        (cells.wholes, 4.0, (4,)),
    ],
)
def test_a_cell_is_read_as_it_was_meant(convert: Convert, cell: Cell, value: Any) -> None:
    """Whatever a spreadsheet has made of it, where nothing is lost."""
    assert convert(cell, TODAY) == value


@pytest.mark.parametrize(
    ("convert", "cell", "reason"),
    [
        (cells.text, "1.23E+09", "shortened"),
        (cells.text, "a\x00b", "cannot be read"),
        (identifiers.uln, 1000000018.0, "last digit"),
        (identifiers.uln, "123", "ten digits"),
        (identifiers.ni_number, "QQ123456C", "two letters"),
        (identifiers.postcode, "Hackney", "postcode"),
        (identifiers.phone, "ask Ben", "telephone"),
        (identifiers.email, "at home", "e-mail"),
        (cells.day, "31/02/1991", "no such day"),
        (cells.day, "03/14/1991", "no such day"),
        (cells.day, "1991-02-31", "no such day"),
        (cells.day, "soon", "not a day"),
        (cells.day, True, "not a day"),
        (cells.day, 1e12, "no day"),
        (cells.birthday, "14/03/25", "two centuries"),
        (cells.yes_or_no, "maybe", "neither"),
        (cells.number, "many", "not a number"),
        (cells.whole, 1.5, "whole"),
        (cells.whole, "inf", "whole"),
    ],
)
def test_what_cannot_be_is_refused_in_words(convert: Convert, cell: Cell, reason: str) -> None:
    """That do not repeat the cell."""
    with pytest.raises(CellError, match=reason) as refused:
        convert(cell, TODAY)
    assert str(cell) not in str(refused.value)


def test_a_file_can_have_habits_of_its_own() -> None:
    """The month first, and numbers that count days from 1904."""
    assert cells.day("03/14/1991", Habits(is_month_first=True)) == BORN
    assert cells.day(31849.0, Habits(is_1904=True)) == BORN


def test_n_a_and_a_dash_say_nothing() -> None:
    """They are missing, not invalid; a name that looks like them is a name."""
    assert [cells.is_filled(cell) for cell in ("", "-", "N/A", "?", "Na", "0", 0.0, False)] == [
        *([False] * 4),
        *([True] * 4),
    ]


def test_qualifications_are_told_by_their_titles() -> None:
    """What one text is enough for is told by a cell; one that is too long is refused."""
    read = fields_of("enrolment")["background.qualifications"].convert

    assert read("Licence; BSc Nursing", Habits()) == (
        Qualification(title="Licence"),
        Qualification(title="BSc Nursing"),
    )
    with pytest.raises(CellError, match="at most 300 characters"):
        read("x" * 301, Habits())


def test_what_needs_more_than_one_text_is_told_by_no_cell() -> None:
    """A goal's scores have a lowest and a highest; an answer has its question."""
    assert "needs.goal_scores" not in fields_of("enrolment")
