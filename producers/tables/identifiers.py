"""Numbers and addresses by which a person is known, in the one form that the contract has."""

import re
from typing import Final

from producers.official_numbers import (
    NI_NUMBER,
    TEMPORARY_NI_NUMBER,
    TEMPORARY_ULN,
    has_check_digit,
)
from producers.tables import cells
from producers.tables.cells import CellError, Habits
from producers.tables.table import Cell

_APART: Final = re.compile(r"[\s-]+")
_ULN: Final = re.compile(r"[0-9]{10}")
_POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)([0-9][A-Z]{2})")
_WRITTEN_POSTCODE: Final = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}")
_NO_ZERO: Final = re.compile(r"[1-357-9][0-9]{8,9}")
_PHONE: Final = re.compile(r"\+?[0-9 ()./x-]{6,40}", re.IGNORECASE)
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def uln(cell: Cell, habits: Habits) -> str | None:
    """Return a Unique Learner Number; None for the one that stands for no number yet."""
    written = _APART.sub("", cells.text(cell, habits))
    if not (_ULN.fullmatch(written) and written.isascii()):
        raise CellError("it is not ten digits")
    if written == str(TEMPORARY_ULN):
        return None
    if not has_check_digit(written):
        raise CellError("its last digit does not fit the others: it is mistyped")
    return written


def ni_number(cell: Cell, habits: Habits) -> str | None:
    """Return a National Insurance number in capitals, without spaces; None for a temporary one."""
    written = _APART.sub("", cells.text(cell, habits)).upper()
    written = written if len(written) != 8 else f"{written} "  # noqa: PLR2004 - without its suffix
    if TEMPORARY_NI_NUMBER.fullmatch(written):
        return None
    if not NI_NUMBER.fullmatch(written):
        raise CellError("it is not two letters, six digits and a letter A to D")
    return written


def postcode(cell: Cell, habits: Habits) -> str:
    """Return a postcode in capitals, with its space."""
    if isinstance(cell, str) and _WRITTEN_POSTCODE.fullmatch(cell):
        return cell
    found = _POSTCODE.fullmatch(_APART.sub("", cells.text(cell, habits)).upper())
    if found is None:
        raise CellError("it is not a postcode")
    return f"{found[1]} {found[2]}"


def phone(cell: Cell, habits: Habits) -> str:
    """Return a telephone number: with the zero that a spreadsheet takes off its front."""
    written = cells.text(cell, habits)
    if not _PHONE.fullmatch(written):
        raise CellError("it is not a telephone number")
    return f"0{written}" if _NO_ZERO.fullmatch(written) else written


def email(cell: Cell, habits: Habits) -> str:
    """Return an e-mail address."""
    written = cells.text(cell, habits).removeprefix("mailto:")
    if not _EMAIL.fullmatch(written):
        raise CellError("it is not an e-mail address")
    return written
