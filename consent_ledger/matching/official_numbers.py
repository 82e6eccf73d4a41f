"""National Insurance and learner numbers: which can be a person's, and which name nobody."""

import re
from typing import Final

TEMPORARY_ULN: Final = "9999999999"
"""The ILR's placeholder for a learner without a number: it identifies no person."""

_ULN: Final = re.compile(r"[0-9]{10}")
_NI: Final = re.compile(r"([A-Z]{2})[0-9]{6}")
_NI_LENGTH: Final = 8
_NI_FIRST: Final = frozenset("DFIQUV")
_NI_SECOND: Final = frozenset("DFIOQUV")
_NI_NEVER: Final = frozenset({"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"})
"""Never issued (HMRC, National Insurance Manual, NIM39110). TN began temporary numbers."""


def ni_number(text: str) -> str:
    """Return a National Insurance number without spaces and suffix, in capitals."""
    return "".join(text.split()).upper()[:_NI_LENGTH]


def is_possible_ni(number: str) -> bool:
    """Tell whether an NI number without its suffix can be a person's."""
    form = _NI.fullmatch(number)
    if form is None:
        return False
    prefix = form[1]
    return not (prefix[0] in _NI_FIRST or prefix[1] in _NI_SECOND or prefix in _NI_NEVER)


def is_possible_uln(number: str) -> bool:
    """Tell whether a learner number has ten digits, the last of which checks the others.

    Specification of the ILR, rule ULN_04: no number has a body whose weighted sum divides by 11.
    """
    if not _ULN.fullmatch(number) or number == TEMPORARY_ULN:
        return False
    body, check = number[:9], int(number[9])
    remainder = sum(w * int(digit) for w, digit in zip(range(10, 1, -1), body, strict=True)) % 11
    return remainder != 0 and check == 10 - remainder
