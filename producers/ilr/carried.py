"""Numbers of the bus that a college's own return carries back, in its provider-specified fields.

ProvSpecLearnMon and ProvSpecDelMon take 20 characters of the college's choosing: a passport number
or a referral reference fits. A text with the prefix and a wrong check character is reported: it
was mistyped.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber, is_referral_ref, passport_number


@dataclass(frozen=True, slots=True)
class Carried:
    """The passport number carried, if any; `is_unclear` where it is mistyped or there are two."""

    number: PassportNumber | None
    is_unclear: bool


def carried_number(values: Iterable[str]) -> Carried:
    """Return the one passport number among these values. It must be written with its NWD."""
    numbers = set()
    mistyped = False
    for value in values:
        if value.strip().upper().startswith("NWD"):
            try:
                numbers.add(passport_number(value))
            except MalformedError:
                mistyped = True
    if mistyped or len(numbers) > 1:
        return Carried(None, is_unclear=True)
    return Carried(next(iter(numbers), None), is_unclear=False)


def carried_referral(values: Iterable[str]) -> str | None:
    """Return the first referral reference among these values, or None."""
    return next((text for value in values if is_referral_ref(text := value.strip().upper())), None)
