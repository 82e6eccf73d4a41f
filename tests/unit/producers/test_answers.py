"""The file of those who were set aside, filled in and read back."""

import csv
import io

import pytest

from producers.answers import (
    COLUMNS,
    LARGEST,
    AnswersError,
    AsideRow,
    ReadAnswer,
    aside_file,
    demand_present,
    read_answers,
)
from producers.hub import AnswerWord, GivenAnswer
from schemas.identifiers import PassportNumber

NUMBER = PassportNumber("NWD-SAMP-1E00-9")
HEAD = ",".join(COLUMNS)


def faults(content: str | bytes) -> list[tuple[int, str]]:
    """Return the lines that are refused, with the reason."""
    with pytest.raises(AnswersError) as refused:
        read_answers(content if isinstance(content, bytes) else content.encode())
    return list(refused.value.faults)


def test_the_file_names_reference_line_and_reason_and_nothing_is_answered() -> None:
    """What was written and not filled in leaves every question open."""
    text = aside_file([AsideRow("L 1", 12, 'may be known, "ask"'), AsideRow("007", 40, "why")])

    assert list(csv.reader(io.StringIO(text))) == [
        list(COLUMNS),
        ["L 1", "12", 'may be known, "ask"', "", ""],
        ["007", "40", "why", "", ""],
    ]
    assert read_answers(text.encode()) == {}


def test_each_answer_is_read_with_its_line() -> None:
    """References as returns are compared: in capitals."""
    text = f"{HEAD}\na,1,w,same,nwd-samp-1e00-9\nb,2,w,SAME,Consent\nc,3,w,other,\nd,4,w,leave,\n"
    text += "e,5,w,returning,\n,,,,\n"

    assert read_answers(text.encode()) == {
        "A": ReadAnswer(2, GivenAnswer(AnswerWord.SAME, NUMBER)),
        "B": ReadAnswer(3, GivenAnswer(AnswerWord.SAME)),
        "C": ReadAnswer(4, GivenAnswer(AnswerWord.OTHER)),
        "E": ReadAnswer(6, GivenAnswer(AnswerWord.RETURNING)),
    }


@pytest.mark.parametrize(
    "content",
    [
        "answer;number;reference\r\nother;;a\r\n".encode("utf-8-sig"),
        b"Reference\tAnswer\tNumber\na\tother\n",
        "reference,reason,answer,number,notes\na,Zoë,other,,“said so”\n".encode("cp1252"),
    ],
)
def test_a_file_that_a_spreadsheet_wrote_is_read(content: bytes) -> None:
    """With other signs between, a mark at the beginning, another order, columns more or less."""
    assert read_answers(content)["A"].given == GivenAnswer(AnswerWord.OTHER)


def test_every_line_that_is_no_answer_is_told_and_no_value() -> None:
    """All at once, so that the file is corrected once."""
    rows = [
        "a,1,w,yes,",
        "b,2,w,same,",
        "c,3,w,same,NWD-SAMP-1E00-8",
        "d,4,w,other,NWD-SAMP-1E00-9",
        ",5,w,other,",
        "f,6,w,leave,",
        "F,7,w,other,",
        "g,8,w,,NWD-SAMP-1E00-9",
    ]
    found = faults("\n".join((HEAD, *rows)))

    assert [line for line, _ in found] == [2, 3, 4, 5, 6, 8, 9]
    assert [reason.split(",")[0] for _, reason in found] == [
        "the answer is none of same",
        "same needs the number on the person's card",
        "the number is no passport number",
        "there is a number",
        "the reference is missing",
        "line 7 has the same reference",
        "there is a number",
    ]
    assert "SAMP" not in str(found)


def test_a_line_is_that_of_the_file_also_after_a_reason_of_two_lines() -> None:
    """As an editor counts them."""
    assert faults(f'{HEAD}\na,1,"two\nlines",other,\nb,2,w,nobody,\n')[0][0] == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "there is no column reference"),
        (b"<Message/>", "there is no column reference"),
        (b"reference,line\na,1\n", "there is no column answer and no column number"),
        (b" " * (LARGEST + 1), "larger than 16 MB"),
        (b'reference,answer,number\n"a' + b"x" * 200_000, "no table"),
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes, said: str) -> None:
    """By its first line, before its rows are looked at."""
    assert said in faults(content)[0][1]


def test_many_faults_are_counted_and_the_first_are_listed() -> None:
    """An error that fills the screen helps nobody."""
    with pytest.raises(AnswersError) as refused:
        read_answers("\n".join((HEAD, *(f"r{n},1,w,no," for n in range(99)))).encode())

    assert len(refused.value.faults) == 99
    assert refused.value.message.endswith("and 79 more")


def test_an_answer_about_nobody_in_the_return_is_refused_by_line() -> None:
    """A spreadsheet may have taken zeros away; another return may have been meant."""
    given = read_answers(f"{HEAD}\n7,1,w,other,\nb,2,w,other,\n".encode())

    with pytest.raises(AnswersError, match=r"line 2: nobody in the file .* leading zeros"):
        demand_present(given, {"7"})
    demand_present(given, set())
