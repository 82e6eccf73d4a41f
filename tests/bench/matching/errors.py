"""What goes wrong when a person is written down once more. The rates are ours; the kinds, Febrl's.

Febrl's generator (Christen, 2005) has typing errors, missing values, values swapped and replaced.
"""

import random
from datetime import date, timedelta
from string import ascii_lowercase
from typing import Final

from consent_ledger.matching.nicknames import short_forms
from tests.bench.matching.origins import Spelt

_TYPING: Final = 0.04
_OTHER_SPELLING: Final = 0.15
_SHORT_FORM: Final = 0.05
_NAME_MISSING: Final = 0.005
_NEIGHBOURS: Final = {
    "a": "s",
    "e": "r",
    "i": "o",
    "o": "p",
    "n": "m",
    "s": "d",
    "t": "y",
    "u": "i",
}


def happens(chance: random.Random, share: float) -> bool:
    """Return whether something that happens to this share of records happens."""
    return chance.random() < share


def typed(chance: random.Random, text: str) -> str:
    """Return a text with one typing error: a letter left out, doubled, wrong, or two swapped."""
    if len(text) < 3:
        return text
    at = chance.randrange(1, len(text))
    kind = chance.randrange(4)
    if kind == 0:
        return text[:at] + text[at + 1 :]
    if kind == 1:
        return text[:at] + text[at - 1] + text[at:]
    if kind == 2:
        wrong = _NEIGHBOURS.get(text[at].lower(), chance.choice(ascii_lowercase))
        return text[:at] + wrong + text[at + 1 :]
    return text[: at - 1] + text[at] + text[at - 1] + text[at + 1 :]


def name_again(chance: random.Random, name: Spelt, usual: str) -> str | None:
    """Return a name as it is written the next time; None where it is left out."""
    if happens(chance, _NAME_MISSING):
        return None
    written = usual
    if len(name.spellings) > 1 and happens(chance, _OTHER_SPELLING):
        written = chance.choice(name.spellings)
    shorts = short_forms(usual.casefold())
    if shorts and happens(chance, _SHORT_FORM):
        written = chance.choice(sorted(shorts)).title()
    if happens(chance, 0.1):
        written = written.replace("-", " ").replace("'", "").replace("’", "")
    return typed(chance, written) if happens(chance, _TYPING) else written


def date_again(chance: random.Random, born: date) -> date | None:
    """Return a date of birth as it is written the next time."""
    kind = chance.random()
    if kind < 0.03:
        return None
    if kind < 0.04:
        return date(born.year, 1, 1)
    if kind < 0.048:
        return born.replace(month=born.day, day=born.month) if born.day <= 12 else born
    if kind < 0.065:
        return _a_digit_wrong(chance, born)
    if kind < 0.068:
        return born + timedelta(days=chance.randrange(-9_000, 3_000))
    return born


def digit_wrong(chance: random.Random, number: str) -> str:
    """Return a number with one digit wrong."""
    places = [place for place, sign in enumerate(number) if sign.isdigit()]
    at = chance.choice(places)
    return number[:at] + str((int(number[at]) + chance.randrange(1, 10)) % 10) + number[at + 1 :]


def _a_digit_wrong(chance: random.Random, born: date) -> date:
    for _ in range(20):
        digits = digit_wrong(chance, born.strftime("%Y%m%d"))
        try:
            wrong = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        except ValueError:
            continue
        if 1920 <= wrong.year <= 2015:
            return wrong
    return born
