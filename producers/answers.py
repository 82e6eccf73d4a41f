"""People who were set aside, in a file to fill in, and the answers that come back in it.

The file is a table (CSV) that a spreadsheet opens. For each person it has the provider's own
reference, the line of the source and the reason in words, and two empty columns: `answer`, and
`number` for what shows that it is the same person. It holds nothing else of anybody, and no
passport number that was not typed into it.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from producers.hub import AnswerWord, GivenAnswer
from schemas.errors import BusError, MalformedError
from schemas.identifiers import passport_number

COLUMNS: Final = ("reference", "line", "reason", "answer", "number")
LEAVE: Final = "leave"
"""The answer that leaves a question open, as an empty one does."""
CONSENT: Final = "consent"
"""In place of a number: the person agreed, at the desk, that their number is looked up."""
LARGEST: Final = 16 * 1024 * 1024
_LONGEST: Final = 100_000
"""Characters in a cell. The limit of `csv` is the whole process's, and others read longer ones."""
_FAULTS_SHOWN: Final = 20
_WORDS: Final = ", ".join((*AnswerWord, LEAVE))


class AsideRow(NamedTuple):
    """Somebody who was set aside: the provider's reference, the line, and why in words."""

    reference: str
    line: int
    reason: str


class ReadAnswer(NamedTuple):
    """An answer, and the line of the file where it stands."""

    line: int
    given: GivenAnswer


class AnswersError(BusError):
    """A file of answers that cannot be taken; nothing of it is. `faults` names lines."""

    def __init__(self, faults: Iterable[tuple[int, str]]) -> None:
        self.faults = tuple(sorted(faults))
        listed = "".join(
            f"\n  line {line}: {reason}" for line, reason in self.faults[:_FAULTS_SHOWN]
        )
        more = len(self.faults) - _FAULTS_SHOWN
        if more > 0:
            listed += f"\n  and {more:,} more"
        super().__init__(
            f"The answers cannot be taken:{listed}",
            "Nothing was registered or published. Correct the file and give it again.",
        )


def aside_file(rows: Iterable[AsideRow]) -> str:
    """Return the file of those who were set aside."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows((*row, "", "") for row in rows)
    return text.getvalue()


def read_answers(
    content: bytes, as_known: Callable[[str], str] = str.upper
) -> dict[str, ReadAnswer]:
    """Return the answers in a file, by reference, without those that leave the question open.

    `as_known` makes of a reference in the file what the source has: a return has capitals alone.
    Commas, semicolons or tabs may part the columns, and their order does not matter. Raises
    AnswersError with every line that is not an answer.
    """
    rows = _rows(content)
    faults: list[tuple[int, str]] = []
    answers: dict[str, ReadAnswer] = {}
    seen: dict[str, int] = {}
    for line, row in rows:
        reference = as_known(row["reference"])
        if not any(row.values()):
            continue
        if not reference:
            faults.append((line, "the reference is missing"))
        elif reference in seen:
            faults.append((line, f"line {seen[reference]} has the same reference"))
        else:
            seen[reference] = line
            try:
                given = _answer(row["answer"].lower(), row["number"])
            except MalformedError as error:
                faults.append((line, error.message))
                continue
            if given is not None:
                answers[reference] = ReadAnswer(line, given)
    if faults:
        raise AnswersError(faults)
    return answers


def demand_present(answers: Mapping[str, ReadAnswer], absent: Iterable[str]) -> None:
    """Raise AnswersError where there are answers about references that the source does not have."""
    faults = [
        (
            answers[reference].line,
            "nobody in the file has that reference (a spreadsheet takes leading zeros away)",
        )
        for reference in absent
    ]
    if faults:
        raise AnswersError(faults)


def _answer(word: str, number: str) -> GivenAnswer | None:
    """Return the answer of a row. Raises MalformedError with what is wrong, without a value."""
    if word not in {"", LEAVE, *AnswerWord}:
        raise MalformedError(f"the answer is none of {_WORDS}", "")
    if word != AnswerWord.SAME:
        if number:
            raise MalformedError("there is a number, and the answer is not same", "")
        return None if word in {"", LEAVE} else GivenAnswer(AnswerWord(word))
    if not number:
        raise MalformedError(
            "same needs the number on the person's card, or the word consent where they agreed"
            " that it is looked up",
            "",
        )
    if number.lower() == CONSENT:
        return GivenAnswer(AnswerWord.SAME)
    try:
        return GivenAnswer(AnswerWord.SAME, passport_number(number))
    except MalformedError:
        raise MalformedError("the number is no passport number, or is mistyped", "") from None


def _rows(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """Return the rows below the heading, each with its line and the values of our columns."""
    if len(content) > LARGEST:
        raise AnswersError([(1, f"the file is larger than {LARGEST // 1024**2} MB")])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # as spreadsheets on Windows write it
    heading = text.partition("\n")[0]
    sign = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in ("reference", "answer", "number") if name not in names]
        if missing:
            raise AnswersError([(1, f"there is no column {' and no column '.join(missing)}")])
        return [
            (reader.line_num, dict.fromkeys(COLUMNS, "") | _named(names, values))
            for values in reader
        ]
    except csv.Error:
        raise AnswersError([(reader.line_num, "this is no table (CSV)")]) from None


def _named(names: list[str], values: list[str]) -> dict[str, str]:
    if any(len(value) > _LONGEST for value in values):
        raise csv.Error  # a quotation mark that is never closed
    pairs = zip(names, values, strict=False)  # a spreadsheet leaves empty cells at the end away
    return {name: value.strip() for name, value in pairs if name in COLUMNS}
