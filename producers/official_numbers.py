"""Numbers by which people are matched, and how a mistyped one is seen."""

import re
from typing import Final

TEMPORARY_ULN: Final = 9_999_999_999
"""Means "no ULN yet", and any number of people have it: never an identifier."""
NI_NUMBER: Final = re.compile(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][0-9]{6}[A-D ]")
"""Two letters, some of which are never used, six digits, A to D or a space."""
TEMPORARY_NI_NUMBER: Final = re.compile(r"TN[0-9]{6}[MF]", re.ASCII)
"""TN, the birthday and the sex, in place of a number that is not known: an employer's custom."""
_ULN_MODULUS: Final = 11


def has_check_digit(uln: int | str) -> bool:
    """Return whether the tenth digit is 10 less the weighted sum of the others modulo 11."""
    *body, check = map(int, str(uln))
    weighted = sum(weight * digit for weight, digit in zip(range(10, 1, -1), body, strict=True))
    remainder = weighted % _ULN_MODULUS
    return remainder != 0 and check == 10 - remainder
