"""Names for people who do not exist: given names as London has them, family names made up.

Some have accents, apostrophes, hyphens and spaces, which every system on the way must take.
"""

import random
import unicodedata
from pathlib import Path
from typing import Final

from deploy.demo.people.dice import weighted

_LISTS: Final = Path(__file__).parent / "lists"


def _names(file: str) -> tuple[str, ...]:
    return tuple((_LISTS / file).read_text("utf-8").splitlines())


WOMEN: Final = _names("women.txt")
MEN: Final = _names("men.txt")
FAMILY: Final = _names("family.txt")

_SECOND_NAME_SHARE: Final = 0.18


def given_names(chance: random.Random, sex: str) -> str:
    """Return one or two given names; `sex` is the ILR's F or M."""
    names = WOMEN if sex == "F" else MEN
    first = chance.choice(names)
    second = chance.choice(names)
    has_second = weighted(chance, ((True, _SECOND_NAME_SHARE), (False, 1 - _SECOND_NAME_SHARE)))
    return f"{first} {second}" if has_second and second != first else first


def for_an_address(name: str) -> str:
    """Return a name as the local part of an e-mail address spells it: a to z alone."""
    apart = unicodedata.normalize("NFKD", name.lower())
    return "".join(letter for letter in apart if letter.isascii() and letter.isalpha())
