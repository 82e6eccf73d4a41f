"""Made-up Londoners in their households, and what doors were told of each, once or several times.

Households of one to five: families of one name and origin, and flatmates of any. Among them twins,
fathers and sons of one name, couples. Whoever moves, marries or changes telephone does so between
two records. Nobody is real: names are drawn from lists, all else is invented.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, NamedTuple

from consent_ledger.matching.reading import read
from consent_ledger.matching.traits import Traits
from deploy.demo.people import official_numbers
from deploy.demo.people.text_lists import text_list
from schemas.blocks import Contact, Identity
from tests.bench.matching.errors import date_again, digit_wrong, happens, name_again, typed
from tests.bench.matching.origins import Origin, Spelt, drawn, origins

TODAY: Final = date(2026, 11, 29)
_OLDEST: Final = date(1950, 1, 1)
_DAYS: Final = 58 * 365
_STREETS: Final = ("Road", "Street", "Avenue", "Gardens", "Close", "Lane", "Terrace")
_HOMES_A_POSTCODE: Final = 15
DISTRICTS: Final = [
    (borough, district)
    for line in text_list("districts.txt")
    for borough, _, districts in [line.partition(": ")]
    for district in districts.split()
]
_LETTERS: Final = "ABDEFGHJLNPQRSTUWXYZ"
_TWINS: Final = 0.03
_SAME_NAME: Final = 0.02
_MORE_RECORDS: Final = ((0.30, 1), (0.35, 2))
_NI_FIRST: Final = "ABCEHJLMNPRST"


class Home(NamedTuple):
    """Where people live."""

    postcode: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Londoner:
    """A person, with what is true of them."""

    origin: Origin
    given: Spelt
    family: Spelt
    second: Spelt | None
    born: date
    home: Home
    phone: str
    email: str
    ni: str
    uln: str


class Told(NamedTuple):
    """What a door was told: of which person, and of which origin of names."""

    person: int
    origin: str
    identity: Identity
    contact: Contact


class Record(NamedTuple):
    """The same as it is compared."""

    person: int
    origin: str
    traits: Traits


def records(count: int, seed: int) -> list[Record]:
    """Return records of so many people, in the order in which the doors are told of them."""
    chance = random.Random(seed)  # noqa: S311 - made-up people
    found = [_read(told) for person in _told(chance, count, 0) for told in person]
    chance.shuffle(found)
    return found


def tellings(count: int, seed: int, *, first: int = 0) -> Iterator[list[Told]]:
    """Yield what doors are told of each of so many people, in order; numbered from the first on.

    Their learner numbers are those of nobody who is numbered otherwise.
    """
    yield from _told(random.Random(seed), count, first)  # noqa: S311 - made-up people


def people(count: int, seed: int) -> Iterator[Traits]:
    """Yield so many people, as they are registered for the first time."""
    chance = random.Random(seed)  # noqa: S311 - made-up people
    for number, person in enumerate(_people(chance, count, 0)):
        spelling = (_usual(chance, person.given), _usual(chance, person.family))
        yield _read(_tell(chance, number, person, spelling, is_first=True)).traits


def _told(chance: random.Random, count: int, first: int) -> Iterator[list[Told]]:
    for number, person in enumerate(_people(chance, count, first), start=first):
        yield list(_tellings_of(chance, number, person))


def _read(told: Told) -> Record:
    traits = read(told.identity, told.contact, today=TODAY).traits
    return Record(told.person, told.origin, traits)


def _people(chance: random.Random, count: int, first: int) -> Iterator[Londoner]:
    made = 0
    while made < count:
        for person in _household(chance, first + made):
            if made < count:
                yield person
                made += 1


def _household(chance: random.Random, number: int) -> list[Londoner]:
    home = _home(chance)
    size = chance.choices((1, 2, 3, 4, 5), (30, 30, 18, 14, 8))[0]
    first = _person(chance, number, home, _origin(chance), None)
    found = [first]
    is_family = happens(chance, 0.75)
    while len(found) < size:
        at = number + len(found)
        if not is_family:
            found.append(_person(chance, at, home, _origin(chance), None))
            continue
        other = _person(chance, at, home, first.origin, first.family)
        if happens(chance, _TWINS) and other.given != found[-1].given:
            other = _with(other, born=found[-1].born)
        elif happens(chance, _SAME_NAME):
            other = _with(other, given=first.given, second=first.second)
        if happens(chance, 0.3):
            other = _with(other, phone=first.phone)
        if happens(chance, 0.1):
            other = _with(other, email=first.email)
        found.append(other)
    return found


def _with(person: Londoner, **changes: object) -> Londoner:
    return Londoner(**{**person.__dict__, **changes})


def _origin(chance: random.Random) -> Origin:
    found = origins()
    return chance.choices(found, [origin.share for origin in found])[0]


def _person(
    chance: random.Random, number: int, home: Home, origin: Origin, family: Spelt | None
) -> Londoner:
    given = drawn(chance, origin.given)
    name = family or drawn(chance, origin.family)
    latin = given.spellings[0].encode("ascii", "ignore").decode().lower().replace(" ", "") or "x"
    return Londoner(
        origin=origin,
        given=given,
        family=name,
        second=drawn(chance, origin.given) if happens(chance, 0.2) else None,
        born=_OLDEST + timedelta(days=chance.randrange(_DAYS)),
        home=home,
        phone=f"07{chance.randrange(10**9):09}",
        email=f"{latin}{number % 9973}@mail{chance.randrange(5)}.example",
        ni=_ni_number(chance),
        uln=official_numbers.uln(number),
    )


def _ni_number(chance: random.Random) -> str:
    prefix = chance.choice(_NI_FIRST) + chance.choice("ABCEHJLMPRSTWXYZ")
    return f"{prefix}{chance.randrange(10**6):06}{chance.choice('ABCD')}"


def _home(chance: random.Random) -> Home:
    borough, district = chance.choice(DISTRICTS)
    inward = f"{chance.randrange(10)}{chance.choice(_LETTERS)}{chance.choice(_LETTERS)}"
    streets = random.Random(f"{district}{inward}")  # noqa: S311 - a postcode is one street
    street = f"{drawn(streets, origins()[0].family).spellings[0]} {streets.choice(_STREETS)}"
    house = chance.randrange(1, 2 * _HOMES_A_POSTCODE)
    flat = f"Flat {chance.randrange(1, 40)}, " if happens(chance, 0.3) else ""
    return Home(f"{district} {inward}", (f"{flat}{house} {street}", borough))


def _tellings_of(chance: random.Random, number: int, person: Londoner) -> Iterator[Told]:
    spelling = (_usual(chance, person.given), _usual(chance, person.family))
    yield _tell(chance, number, person, spelling, is_first=True)
    share = chance.random()
    more = next((count for below, count in _MORE_RECORDS if share < below), 0)
    for _ in range(more):
        now = person
        if happens(chance, 0.2):
            now = _with(now, home=_home(chance))
        if happens(chance, 0.15):
            now = _with(now, phone=f"07{chance.randrange(10**9):09}")
        if happens(chance, 0.1):
            now = _with(now, email=f"new{number}.{now.email}")
        if happens(chance, 0.04):
            married = drawn(chance, person.origin.family)
            now = _with(now, family=married)
            spelling = (spelling[0], _usual(chance, married))
        yield _tell(chance, number, now, spelling, is_first=False)


def _usual(chance: random.Random, name: Spelt) -> str:
    """Return how a person spells their name; seldom in the other script, which comes last."""
    latin = [spelling for spelling in name.spellings if spelling.isascii()] or [name.spellings[0]]
    return latin[0] if happens(chance, 0.6) else chance.choice(latin)


def _tell(
    chance: random.Random,
    number: int,
    person: Londoner,
    spelling: tuple[str, str],
    *,
    is_first: bool,
) -> Told:
    given: str | None = spelling[0]
    family: str | None = spelling[1]
    born: date | None = person.born
    if not is_first:
        given = name_again(chance, person.given, spelling[0])
        family = name_again(chance, person.family, spelling[1])
        born = date_again(chance, person.born)
    if given and person.second and happens(chance, 0.6):
        given = f"{given} {_usual(chance, person.second)}"
    if not is_first and happens(chance, 0.015):
        given, family = family, given
    identity = Identity(
        given_names=given,
        family_name=family,
        date_of_birth=born,
        ni_number=_number(chance, person.ni, 0.4, is_first=is_first),
        uln=person.uln if happens(chance, 0.3) else None,
    )
    return Told(number, person.origin.name, identity, _contact(chance, person))


def _number(chance: random.Random, number: str, known: float, *, is_first: bool) -> str | None:
    if not happens(chance, known):
        return None
    return digit_wrong(chance, number) if not is_first and happens(chance, 0.01) else number


def _contact(chance: random.Random, person: Londoner) -> Contact:
    postcode, lines = person.home
    if happens(chance, 0.02):
        postcode = typed(chance, postcode)
    return Contact(
        postcode=postcode if happens(chance, 0.85) else None,
        address=lines if happens(chance, 0.75) else (),
        phone=person.phone if happens(chance, 0.7) else None,
        email=_mail(chance, person.email) if happens(chance, 0.45) else None,
    )


def _mail(chance: random.Random, email: str) -> str:
    local, _, host = email.partition("@")
    return f"{typed(chance, local)}@{host}" if happens(chance, 0.01) else email
