"""Made-up people: as many as are asked for, the same for the same seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Final

from deploy.demo.people import names, official_numbers
from deploy.demo.people.circumstances import Circumstances, circumstances
from deploy.demo.people.dice import dice, weighted
from deploy.demo.people.places import NO_PLACE, Place, place

SEED: Final = 7
"""The seed of the demo, unless another is given."""

_OLDEST: Final = date(1959, 1, 1)
_YOUNGEST: Final = date(2006, 8, 31)
"""Adult learning is for those who are 19 on 31 August of the teaching year 2025-26."""
_DAYS: Final = (_YOUNGEST - _OLDEST).days
_YEAR_DAYS: Final = 365.25

_NO_ULN_SHARE: Final = 0.06
_NO_NI_SHARE: Final = 0.12
_NO_PHONE_SHARE: Final = 0.04
_NO_EMAIL_SHARE: Final = 0.15
_NO_PLACE_SHARE: Final = 0.02
_LANGUAGE: Final = (("en", 80), ("bn", 4), ("so", 4), ("es", 4), ("pl", 3), ("ti", 2), ("fa", 3))
_INTERPRETER_SHARE: Final = 0.3
_SAFE_CONTACT: Final = (
    *((None, 80), ("text, do not call", 8), ("mornings only", 6), ("never leave a message", 6)),
)


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """A person who does not exist. `number` counts them from 1.

    `sex` is the ILR's F or M. Numbers and contact details are None where the person gave none.
    """

    number: int
    given_names: str
    family_name: str
    date_of_birth: date
    sex: str
    uln: str | None
    ni_number: str | None
    phone: str | None
    email: str | None
    place: Place
    language: str
    interpreter: bool
    safe_contact: str | None
    circumstances: Circumstances


def people(count: int, *, seed: int = SEED) -> list[Person]:
    """Return `count` people; a smaller count gives the first of the same.

    Raises ValueError when more are asked for than there are numbers for.
    """
    if not 0 <= count < official_numbers.MOST_PEOPLE:
        raise ValueError(f"there can be 0 to {official_numbers.MOST_PEOPLE - 1} people")
    return list(islice(_people(seed), count))


def _people(seed: int) -> Iterator[Person]:
    chance = dice(seed, "people")
    taken: set[tuple[str, str, date]] = set()
    number = 0
    while True:
        sex = chance.choice("FM")
        given_names = names.given_names(chance, sex)
        family_name = chance.choice(names.FAMILY)
        date_of_birth = _OLDEST + timedelta(days=chance.randint(0, _DAYS))
        if (given_names, family_name, date_of_birth) in taken:
            continue  # a register would take two who agree in all three for one person
        taken.add((given_names, family_name, date_of_birth))
        number += 1
        language = weighted(chance, _LANGUAGE)
        local_part = f"{names.for_an_address(given_names)}.{names.for_an_address(family_name)}"
        yield Person(
            number=number,
            given_names=given_names,
            family_name=family_name,
            date_of_birth=date_of_birth,
            sex=sex,
            uln=_unless(chance.random() < _NO_ULN_SHARE, official_numbers.uln(number)),
            ni_number=_unless(chance.random() < _NO_NI_SHARE, official_numbers.ni_number(number)),
            phone=_unless(chance.random() < _NO_PHONE_SHARE, official_numbers.telephone(chance)),
            email=_unless(chance.random() < _NO_EMAIL_SHARE, f"{local_part}{number}@example.org"),
            place=NO_PLACE if chance.random() < _NO_PLACE_SHARE else place(chance),
            language=language,
            interpreter=language != "en" and chance.random() < _INTERPRETER_SHARE,
            safe_contact=weighted(chance, _SAFE_CONTACT),
            circumstances=circumstances(chance, _age(date_of_birth)),
        )


def _unless(missing: bool, value: str) -> str | None:  # noqa: FBT001 - reads as a sentence
    return None if missing else value


def _age(date_of_birth: date) -> int:
    return int((date(2025, 8, 31) - date_of_birth).days / _YEAR_DAYS)
