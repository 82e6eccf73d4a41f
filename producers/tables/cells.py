"""A cell as a value of an event: text, a number, a day, a moment, yes or no.

What a spreadsheet does to identifiers is undone where nothing is lost, and refused where it is: a
number kept as a number has its digits again, one that was shortened to 1.23E+09 has not.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from producers.tables.headings import folded
from producers.tables.table import Cell

Convert = Callable[[Cell, "Habits"], Any]
"""Makes a value of a cell that is filled. Raises CellError with what is wrong, never with it."""

LONDON: Final = ZoneInfo("Europe/London")
NOTHING: Final[frozenset[Any]] = frozenset(
    {"", "-", "--", "?", *(f"{mark}{n}/{a}" for mark in ("", "#") for n in "nN" for a in "aA")}
)
"""The cells that say nothing."""
_SHORTENED: Final = re.compile(r"([0-9])(?:[.,]([0-9]+))?E\+?([0-9]{1,2})", re.IGNORECASE)
_CHANGED_AT: Final = "'0123456789"
"""How a text begins that a spreadsheet may have changed."""
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ISO_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[t ].*)?")
_DAY: Final = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4}|[0-9]{2})(?: .*)?")
_ISO_LENGTH: Final = len("2026-02-02")
_NO_SUCH_DAY: Final = "there is no such day in the calendar, in this order"
_NAMED_DAY: Final = re.compile(r"([0-9]{1,2})(?:[a-z]{2})?[ -]([a-z]{3,9})\.?,?[ -]([0-9]{4})")
_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_SERIAL: Final = re.compile(r"[0-9]{4,5}(?:\.0*)?")
_FROM_1900: Final = date(1899, 12, 30)
_FROM_1904: Final = date(1904, 1, 1)
_YES: Final = frozenset({"yes", "y", "true", "t", "1", "x", "✓", "✔"})
_NO: Final = frozenset({"no", "n", "false", "f", "0"})
_CURRENCY: Final = re.compile(r"[£€$\s]")
_THOUSANDS: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_LIST: Final = re.compile(r"\s*[;\n]\s*")
_QUOTED: Final = ("'=", "'+", "'-", "'@", "'|", "'%")
"""How a text begins that was kept from being run as a formula."""


class CellError(ValueError):
    """What is wrong with a cell, in words that do not repeat it."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a file writes days: the month first, as in America; numbers that count from 1904."""

    is_month_first: bool = False
    is_1904: bool = False
    today: date = date.max


def is_filled(cell: Cell) -> bool:
    """Return whether a cell says anything: `n/a` and a dash do not."""
    return cell not in NOTHING


def text(cell: Cell, _: Habits) -> str:
    """Return a cell as text. A whole number has its digits and nothing else."""
    if isinstance(cell, str):
        if cell[:1] not in _CHANGED_AT and cell.isprintable():
            return cell
        return _whole_text(cell)
    match cell:
        case bool():
            return "yes" if cell else "no"
        case int() | float():
            return str(int(cell)) if cell == int(cell) else repr(cell)
        case datetime() | date() | time():
            return cell.isoformat()
    return str(cell)


def _whole_text(written: str) -> str:
    if not written.isprintable() and _CONTROL.search(written):
        raise CellError("it holds a character that cannot be read")
    if written.startswith("'") and written.startswith(_QUOTED):
        return written[1:]
    shortened = _SHORTENED.fullmatch(written) if "E" in written or "e" in written else None
    if shortened is None:
        return written
    digit, more, power = shortened[1], shortened[2] or "", int(shortened[3])
    if len(more) < power:
        raise CellError(
            "the spreadsheet has shortened the number, as to 1.2E+09: format the column as text,"
            " and enter it again"
        )
    return digit + more[:power] if not more[power:].strip("0") else written


def birthday(cell: Cell, habits: Habits) -> date:
    """Return the day on which a participant was born: of two digits, a year that can be theirs."""
    return day(cell, habits, youngest=14)


def day(cell: Cell, habits: Habits, youngest: int = 0) -> date:
    """Return a day: as a spreadsheet keeps it, as a number, or written in one of many ways."""
    if isinstance(cell, str):
        if len(cell) == _ISO_LENGTH and cell[4] == cell[7] == "-":
            return _iso_day(cell)
        return _written_day(cell.lower(), habits, youngest)
    match cell:
        case datetime():
            return cell.date()
        case date():
            return cell
        case bool() | time() | timedelta():
            raise CellError("it is not a day")
    return _counted(cell, habits)


def _iso_day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise CellError(_NO_SUCH_DAY) from None


def _written_day(written: str, habits: Habits, youngest: int) -> date:
    if found := _ISO_DAY.fullmatch(written):
        return _day_of(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY.fullmatch(written):
        first, second = int(found[1]), int(found[2])
        of_month, month = (second, first) if habits.is_month_first else (first, second)
        return _day_of(_year(found[3], habits.today.year, youngest), month, of_month)
    if (found := _NAMED_DAY.fullmatch(written)) and found[2][:3] in _MONTHS:
        return _day_of(int(found[3]), _MONTHS.index(found[2][:3]) + 1, int(found[1]))
    if _SERIAL.fullmatch(written):
        return _counted(float(written), habits)
    raise CellError("it is not a day, such as 14/03/1991 or 1991-03-14")


def _counted(number: float, habits: Habits) -> date:
    start = _FROM_1904 if habits.is_1904 else _FROM_1900
    try:
        return start + timedelta(days=int(number))
    except (OverflowError, ValueError):
        raise CellError("it is a number that is no day") from None


def _year(written: str, this_year: int, youngest: int) -> int:
    """Return a year. Of two digits, it is one of the last hundred, or the next."""
    if len(written) == 4:  # noqa: PLR2004 - the digits of a year
        return int(written)
    year = this_year - this_year % 100 + int(written)
    if year > this_year + 1:
        return year - 100
    if year > this_year - youngest:
        raise CellError("its year has two digits, and may be of two centuries: write all four")
    return year


def _day_of(year: int, month: int, of_month: int) -> date:
    try:
        return date(year, month, of_month)
    except ValueError:
        raise CellError(_NO_SUCH_DAY) from None


def moment(cell: Cell, habits: Habits) -> datetime:
    """Return a moment. A day is its midnight in UTC; a time without a zone is London's."""
    if isinstance(cell, datetime):
        return _zoned(cell)
    if isinstance(cell, str) and ("T" in cell or ":" in cell):
        try:
            return _zoned(datetime.fromisoformat(cell))
        except ValueError:
            pass
    return datetime.combine(day(cell, habits), time(), UTC)


def _zoned(read: datetime) -> datetime:
    """Return a moment to the second, which is more than a spreadsheet shows, with its zone."""
    read = read.replace(microsecond=0)
    return read if read.tzinfo else read.replace(tzinfo=LONDON)


def yes_or_no(cell: Cell, habits: Habits) -> bool:
    """Return what a cell says: yes, y, true, 1 and x are yes."""
    if isinstance(cell, bool):
        return cell
    written = text(cell, habits).lower()
    if written in _YES or written in _NO:
        return written in _YES
    raise CellError("it is neither yes nor no")


def number(cell: Cell, habits: Habits) -> float:
    """Return a number; a sign of a currency and commas between thousands do not matter."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    written = _CURRENCY.sub("", text(cell, habits))
    if _THOUSANDS.fullmatch(written):
        written = written.replace(",", "")
    try:
        return float(written)
    except ValueError:
        raise CellError("it is not a number") from None


def whole(cell: Cell, habits: Habits) -> int:
    """Return a whole number, such as a code."""
    read = number(cell, habits)
    if not math.isfinite(read) or read != int(read):
        raise CellError("it is not a whole number")
    return int(read)


def pence(cell: Cell, habits: Habits) -> int:
    """Return an amount in pounds, as people write it, in pence."""
    pounds = number(cell, habits)
    if not math.isfinite(pounds):
        raise CellError("it is not an amount")
    return round(pounds * 100)


def texts(cell: Cell, habits: Habits) -> tuple[str, ...]:
    """Return the texts in a cell, parted by semicolons or lines."""
    return tuple(part for part in _LIST.split(text(cell, habits)) if part)


def wholes(cell: Cell, habits: Habits) -> tuple[int, ...]:
    """Return the codes in a cell, parted by commas, semicolons or lines."""
    if not isinstance(cell, str):
        return (whole(cell, habits),)
    return tuple(whole(part, habits) for part in re.split(r"[,;\s]+", cell) if part)


def words_of(choices: tuple[Any, ...]) -> Convert:
    """Return what reads a cell as several of these words, parted by semicolons or lines."""
    one_of = word_of(choices)

    def read(cell: Cell, habits: Habits) -> Any:
        return tuple(one_of(part, habits) for part in texts(cell, habits))

    return read


def word_of(choices: tuple[Any, ...]) -> Convert:
    """Return what reads a cell as one of these words; case, spaces, `_` and `-` do not count."""
    known = {folded(choice): choice for choice in choices}

    def read(cell: Cell, habits: Habits) -> Any:
        found = known.get(folded(text(cell, habits)))
        if found is None:
            raise CellError(f"it is none of {', '.join(choices)}: translate it with `words`")
        return found

    return read
