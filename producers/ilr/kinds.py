"""What one value of a return may look like: the facets of the XSDs, in words and as a check."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

_SPACE: Final = " \t\r\n"
_WHOLE: Final = re.compile(r"[+-]?[0-9]+")
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_OFFSET: Final = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))?"
_DATE: Final = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_OFFSET}")
_DATE_TIME: Final = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}})(\.[0-9]+)?({_OFFSET})"
)
_RESTRICTED: Final = r"[A-Za-z0-9 ~!@#$%&'()*+,\-./:;<=>?\[\\\]_{}^£€]"
_LINE: Final = r"[A-Za-z0-9 ~!@&'\\()*+,\-./:;]"
_INT_LARGEST: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ValueKind:
    """A kind of value: how a person would name it, and how text becomes a value.

    `parse` raises ValueError where the text is not of this kind.
    """

    wanted: str
    parse: Callable[[str], Any]


def matching(wanted: str, pattern: str) -> ValueKind:
    """Return a kind of text that fits a pattern from end to end, spaces included."""
    compiled = re.compile(pattern)

    def parse(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise ValueError
        return text

    return ValueKind(wanted, parse)


def restricted(longest: int, shortest: int = 1) -> ValueKind:
    """Return the kind of text in the ILR's own character set, up to a length in characters."""
    length = f"{shortest} to {longest}" if shortest < longest else f"{longest}"
    plural = "" if longest == 1 else "s"
    return matching(
        f"{length} character{plural} of the ILR's character set",
        f"{_RESTRICTED}{{{shortest},{longest}}}",
    )


def exactly(value: str) -> ValueKind:
    """Return the kind that has one value only."""
    return matching(f'"{value}"', re.escape(value))


def whole(smallest: int, largest: int) -> ValueKind:
    """Return the kind of whole numbers in a range."""

    def parse(text: str) -> int:
        stripped = text.strip(_SPACE)
        if _WHOLE.fullmatch(stripped) is None or not smallest <= int(stripped) <= largest:
            raise ValueError
        return int(stripped)

    return ValueKind(f"a whole number from {smallest} to {largest}", parse)


def digits(count: int) -> ValueKind:
    """Return the kind of whole numbers up to a count of digits, negative ones too as in the XSD.

    Codes are of this kind; whether a code exists is a matter of the rules.
    """
    largest = min(10**count - 1, _INT_LARGEST)
    return ValueKind(f"a whole number of at most {count} digits", whole(-largest, largest).parse)


def tenths(smallest: str, largest: str) -> ValueKind:
    """Return the kind of numbers in a range, with at most one decimal."""
    low, high = Decimal(smallest), Decimal(largest)

    def parse(text: str) -> Decimal:
        stripped = text.strip(_SPACE)
        if _DECIMAL.fullmatch(stripped) is None:
            raise ValueError
        value = Decimal(stripped)
        if not low <= value <= high or value * 10 % 1 != 0:
            raise ValueError
        return value

    return ValueKind(f"a number from {smallest} to {largest} with at most one decimal", parse)


def _date(text: str) -> date:
    match = _DATE.fullmatch(text.strip(_SPACE))
    if match is None:
        raise ValueError
    return date.fromisoformat(match[1])


def _date_time(text: str) -> datetime:
    """Return the moment in UTC. One without an offset is taken as UTC: it only orders files."""
    match = _DATE_TIME.fullmatch(text.strip(_SPACE))
    if match is None:
        raise ValueError
    microseconds = ((match[2] or ".") + "000000")[:7]
    moment = datetime.fromisoformat(match[1] + microseconds + (match[3] or "Z"))
    return moment.astimezone(UTC)


DATE: Final = ValueKind("a date, YYYY-MM-DD", _date)
DATE_TIME: Final = ValueKind("a date and time, YYYY-MM-DDThh:mm:ss", _date_time)
UKPRN: Final = whole(10_000_000, 99_999_999)
ULN: Final = whole(1_000_000_000, 9_999_999_999)
LEARNER_REFERENCE: Final = matching("1 to 12 letters, digits and spaces", r"[A-Za-z0-9 ]{1,12}")
NAME: Final = matching(
    'at most 100 characters without digits, line breaks, | or "', r'[^0-9\r\n\t|"]{1,100}'
)
EMAIL: Final = matching("an e-mail address", rf"(?=.+@.+){_RESTRICTED}{{1,100}}")
PHONE: Final = matching("1 to 18 digits", r"[0-9]{1,18}")
POSTCODE: Final = restricted(8)
ADDRESS_LINE: Final = matching("1 to 50 characters of an address", f"{_LINE}{{1,50}}")
ADDRESS_LINE_2018: Final = matching(
    "1 to 50 characters of an address", f"{_LINE.replace(chr(39), '')}{{1,50}}"
)
"""As ever since, without the apostrophe."""
SERIAL: Final = matching("1 or 2 digits", r"[0-9]{1,2}")
UCAS_PERSON: Final = matching("10 digits", r"[0-9]{10}")
UCAS_COURSE: Final = matching(
    "2 letters and 2 digits, or 9 digits", r"[a-zA-Z]{2}[0-9]{2}|[0-9]{9}"
)
CAMPUS: Final = matching("1 to 8 letters and digits", r"[A-Za-z0-9]{1,8}")
AGREEMENT: Final = matching("1 to 6 letters and digits", r"[A-Za-z0-9]{1,6}")
