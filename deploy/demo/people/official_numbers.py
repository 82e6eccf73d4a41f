"""Numbers of the right form that were issued to nobody."""

import random
from typing import Final

MOST_PEOPLE: Final = 1_000_000
"""How many different numbers of each kind there are."""

_NI_PREFIXES: Final = ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")
"""Pass the ILR's rule NINumber_01, but are never issued.

"Prefixes BG, GB, KN, NK, NT, TN and ZZ are not to be used": HMRC, National Insurance Manual,
NIM39110. The usual example QQ is refused by the rule.
"""

_SPREAD: Final = 618_033
"""Has no factor in common with 1,000,000: multiplying by it shuffles and repeats nothing."""


def ni_number(number: int) -> str:
    """Return a person's National Insurance number, by the person's number: each is different."""
    shuffled = number * _SPREAD % MOST_PEOPLE
    return f"{_NI_PREFIXES[number % len(_NI_PREFIXES)]}{shuffled:06}{'ABCD'[number % 4]}"


def uln(number: int) -> str:
    """Return a person's Unique Learner Number, by the person's number: each is different.

    No range is set aside for examples. These begin with 99, close to the placeholder 9999999999.
    One body in eleven has no valid check digit (rule ULN_04); its neighbour, two higher in the
    weighted sum, always has.
    """
    stem = f"99{number * _SPREAD % MOST_PEOPLE:06}"
    remainder = sum(w * int(d) for w, d in zip(range(10, 2, -1), stem, strict=True)) % 11
    return f"{stem}0{10 - remainder}" if remainder else f"{stem}18"


def telephone(chance: random.Random) -> str:
    """Return a telephone number that Ofcom keeps free for drama: 1,000 mobile, 1,000 in London."""
    if chance.random() < 0.85:  # noqa: PLR2004 - the share of people who give a mobile
        return f"07700 900{chance.randrange(1_000):03}"
    return f"020 7946 0{chance.randrange(1_000):03}"
