"""Names for people who do not exist: given names as London has them, family names made up.

Some have accents, apostrophes, hyphens and spaces, which every system on the way must take.
"""

import random
import unicodedata
from typing import Final

from deploy.demo.people.dice import weighted
from deploy.demo.people.text_lists import text_list

WOMEN: Final = text_list("women.txt")
MEN: Final = text_list("men.txt")
FAMILY: Final = text_list("family.txt")

_SECOND_NAME_SHARE: Final = 0.18


def given_names(chance: random.Random, sex: str) -> str:
    """Return one or two given names; `sex` is the ILR's F or M."""
    names = WOMEN if sex == "F" else MEN
    first = chance.choice(names)
    second = chance.choice(names)
    has_second = weighted(chance, ((True, _SECOND_NAME_SHARE), (False, 1 - _SECOND_NAME_SHARE)))
    return f"{first} {second}" if has_second and second != first else first


def for_an_address(name: str) -> str:
    """Return a name as the local part of an e-mail address spells it: only a to z."""
    apart = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in apart if letter.isascii() and letter.isalpha())
