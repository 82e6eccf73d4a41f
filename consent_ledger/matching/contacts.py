"""Where a person can be reached, in the form that is compared."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from consent_ledger.matching.spelling import words_of
from consent_ledger.matching.traits import Address

_NO_FIXED_ABODE: Final = "ZZ99"
"""Begins the ILR's and the NHS's postcode of an unknown address."""

_SHORTEST_PHONE: Final = 7
_MAIL_HOSTS: Final = {"googlemail.com": "gmail.com"}
_BRITISH_POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)[0-9][A-Z]{2}")


def postcode(text: str) -> str | None:
    """Return a postcode in capitals without spaces; None where it is of an unknown address."""
    plain = "".join(letter for letter in unicodedata.normalize("NFKC", text) if letter.isalnum())
    return plain.upper() if plain and not plain.upper().startswith(_NO_FIXED_ABODE) else None


def district(code: str) -> str | None:
    """Return the outward part of a British postcode in normal form."""
    form = _BRITISH_POSTCODE.fullmatch(code)
    return form[1] if form else None


def phone(text: str) -> str | None:
    """Return a telephone number's digits as dialled in Britain; None where they are too few."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("(0)", "")
    digits = "".join(letter for letter in plain if letter.isdecimal())
    if plain.startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
        digits = f"0{digits[2:].lstrip('0')}" if digits.startswith("44") else f"00{digits}"
    return digits if len(digits) >= _SHORTEST_PHONE and len(set(digits)) > 1 else None


def email(text: str) -> str | None:
    """Return an e-mail address in small letters, without a tag; None where it has no form."""
    local, at, host = unicodedata.normalize("NFKC", text).strip().casefold().rpartition("@")
    local = local.partition("+")[0]
    if not local or not at or "." not in host:
        return None
    return f"{local}@{_MAIL_HOSTS.get(host, host)}"


def address(lines: Sequence[str]) -> Address | None:
    """Return the house, the street and the place of an address's lines; None where all are empty.

    The street is what stands beside the first number, or else the first line.
    """
    taken = [[word.latin for word in words_of(line)] for line in lines]
    taken = [words for words in taken if words]
    if not taken:
        return None
    at = next((at for at, words in enumerate(taken) if any(map(_is_number, words))), 0)
    numbers = [word for word in taken[at] if _is_number(word)]
    street = [word for word in taken[at] if word not in numbers]
    others = [word for place, words in enumerate(taken) if place != at for word in words]
    if not street and others and at + 1 < len(taken):  # the number had a line of its own
        street = taken[at + 1]
        others = [
            w for place, words in enumerate(taken) if place not in (at, at + 1) for w in words
        ]
    return Address("/".join(numbers), "".join(street), "".join(others))


def _is_number(word: str) -> bool:
    return any(letter.isdigit() for letter in word)
