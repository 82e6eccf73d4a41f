"""Blocking: digests of parts of what is known of a person, by which the store finds candidates.

Each is an HMAC under a key that never leaves the hub, cut to eight bytes: 2^64 values are enough
for the 2 * 10^7 digests of a million people, and the comparison afterwards forgives a collision.
A digest holds at least two parts of a person, or a number or address that is nearly theirs alone:
no digest is of a name by itself, which the commonest would give away by their count.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from enum import StrEnum
from itertools import product
from typing import Final, NamedTuple

from consent_ledger.matching.nicknames import full_names
from consent_ledger.matching.spelling import Word, sound_of
from consent_ledger.matching.traits import Birth, PersonName, Traits
from schemas.derivation import derived_token

DIGEST_BYTES: Final = 8
_SOUND_LETTERS: Final = 4
_SHORTEST_SOUND: Final = 2
_LETTERS: Final = 3
_WORDS_OF_A_PART: Final = 3
_STREET_LETTERS: Final = 8
_KINDS_SHARED: Final = 2


class Kind(StrEnum):
    """Which parts a digest is of. It is stored beside the digest, as the name it has here."""

    NAME_YEAR_MONTH = "name-year-month"
    NAME_YEAR_DAY = "name-year-day"
    NAME_MONTH_DAY = "name-month-day"
    NAMES = "names"
    NAMES_LETTERS = "names-letters"
    NAMES_YEAR = "names-year"
    NAMES_MONTH = "names-month"
    NAMES_DAY = "names-day"
    BIRTH = "birth"
    POSTCODE_NAME = "postcode-name"
    POSTCODE_BIRTHDAY = "postcode-birthday"
    POSTCODE_YEAR = "postcode-year"
    HOME = "home"
    STREET = "street"
    STREET_NAME = "street-name"
    PHONE = "phone"
    EMAIL = "email"
    NI_NUMBER = "ni-number"
    ULN = "uln"


_OF_FEW: Final = frozenset(
    {
        Kind.POSTCODE_NAME,
        Kind.POSTCODE_BIRTHDAY,
        Kind.POSTCODE_YEAR,
        Kind.PHONE,
        Kind.EMAIL,
        Kind.NI_NUMBER,
        Kind.ULN,
    }
)
_NEVER_BY_ITSELF: Final = frozenset(
    {Kind.NAME_YEAR_MONTH, Kind.NAME_YEAR_DAY, Kind.NAME_MONTH_DAY, Kind.NAMES_MONTH}
)
"""Who shares one name and two parts of a birthday, and nothing else, is hardly ever one person: the
score finds 6 of 2,082 such pairs of Febrl 4 possible, and none of 20,995 of made-up Londoners."""
_AMONG_FEW_PEOPLE: Final = frozenset(
    {Kind.BIRTH, Kind.NAMES_LETTERS, Kind.STREET, Kind.STREET_NAME}
)
"""Of as many people as there are birthdays, each is shared with a stranger: from then on who shares
one, and nothing else, is a stranger, and so are those whose names begin alike or who live in
streets and houses of one name."""
FEW_PEOPLE: Final = 20_000
_FEW: Final = 5
_MANY: Final = 50
MOST_HOLDERS: Final = 200
"""A digest that more hold says nothing, also beside another."""

_SAY_THE_SAME: Final = (
    frozenset({Kind.NAMES, Kind.NAMES_LETTERS, Kind.NAMES_MONTH, Kind.NAMES_DAY}),
    frozenset({Kind.STREET, Kind.STREET_NAME}),
)
"""Both names with a month or a day say little more than both names, and a name beside the street
and house little more than these: nobody who shares no more is possibly the same person, and who
does grows with the people there are."""
_SAID_BY: Final = {kind: min(group) for group in _SAY_THE_SAME for kind in group}


class Digest(NamedTuple):
    """A part of a person that another may share."""

    kind: Kind
    value: bytes


def matching_key(secret: bytes) -> bytes:
    """Return the key of all digests of matching, derived from a secret that stays at the hub."""
    return derived_token(secret, "matching key")


def blocking_digests(person: Traits, key: bytes) -> frozenset[Digest]:
    """Return the digests by which a person is found, and is to be found later."""
    return frozenset(
        Digest(kind, derived_token(key, f"matching {kind}", *parts)[:DIGEST_BYTES])
        for kind, parts in _parts(person)
    )


def is_enough(kind: Kind, holders: int, people: int) -> bool:
    """Tell whether one digest makes a candidate of whoever shares it.

    That is by how many hold it, and among how many people. An office's telephone, which many hold,
    is not enough: see `are_enough`.
    """
    if kind in _NEVER_BY_ITSELF or (kind in _AMONG_FEW_PEOPLE and people > FEW_PEOPLE):
        return False
    return holders <= (_MANY if kind in _OF_FEW else _FEW)


def says_anything(holders: int) -> bool:
    """Tell whether a digest counts at all towards those that are enough, by how many hold it.

    Both names of a thousand people say nothing of who one of them is. So what is read for a
    registration does not grow with the people there are.
    """
    return holders <= MOST_HOLDERS


def are_enough(kinds: AbstractSet[Kind]) -> bool:
    """Tell whether digests of these kinds make a candidate of whoever shares them all.

    It takes two kinds that do not say the same.
    """
    return len({_SAID_BY.get(kind, kind) for kind in kinds}) >= _KINDS_SHARED


def _parts(person: Traits) -> Iterator[tuple[Kind, tuple[str, ...]]]:
    for name, birth in product(person.names, person.births):
        yield from _of_name_and_birth(name, birth)
    for name in person.names:
        for both in _both(name):
            yield Kind.NAMES, both
        for both in _first_letters(name):
            yield Kind.NAMES_LETTERS, both
    for birth in person.births:
        if birth.day is not None:
            yield Kind.BIRTH, (birth.digits,)
    yield from _of_home(person)
    alone = {
        Kind.PHONE: person.phones,
        Kind.EMAIL: person.emails,
        Kind.NI_NUMBER: person.ni_numbers,
        Kind.ULN: person.ulns,
    }
    for kind, values in alone.items():
        for value in values:
            yield kind, (value,)


def _of_name_and_birth(name: PersonName, birth: Birth) -> Iterator[tuple[Kind, tuple[str, ...]]]:
    """Yield any three of given name, family name, year, month and day that hold a name."""
    year, month, day = (str(part) if part else "" for part in birth)
    for both in _both(name):
        yield Kind.NAMES_YEAR, (*both, year)
        if month and day:
            yield Kind.NAMES_MONTH, (*both, month)
            yield Kind.NAMES_DAY, (*both, day)
    if month and day:
        for single in _codes(name.given) | _codes(name.family):
            yield Kind.NAME_YEAR_MONTH, (single, year, month)
            yield Kind.NAME_YEAR_DAY, (single, year, day)
            yield Kind.NAME_MONTH_DAY, (single, month, day)


def _of_home(person: Traits) -> Iterator[tuple[Kind, tuple[str, ...]]]:
    for postcode in person.postcodes:
        for single in _singles(person):
            yield Kind.POSTCODE_NAME, (postcode, single)
        for birth in person.births:
            yield Kind.POSTCODE_YEAR, (postcode, str(birth.year))
            if birth.day is not None:
                yield Kind.POSTCODE_BIRTHDAY, (postcode, str(birth.month), str(birth.day))
        for address in person.addresses:
            if address.house:
                yield Kind.HOME, (postcode, address.house)
    for address in person.addresses:
        street = address.street[:_STREET_LETTERS]
        if street and address.house:
            yield Kind.STREET, (street, address.house)
        for single in _singles(person) if street else ():
            yield Kind.STREET_NAME, (street, single)


def _both(name: PersonName) -> set[tuple[str, str]]:
    """Return given and family names by their sounds, alike whichever stands first."""
    pairs = product(_codes(name.given), _codes(name.family))
    return {(min(pair), max(pair)) for pair in pairs}


def _first_letters(name: PersonName) -> set[tuple[str, str]]:
    """Return how given and family names begin: what sounds otherwise by one letter may not."""
    pairs = product(name.given[:_WORDS_OF_A_PART], name.family[:_WORDS_OF_A_PART])
    cut = [(given.latin[:_LETTERS], family.latin[:_LETTERS]) for given, family in pairs]
    return {(min(pair), max(pair)) for pair in cut}


def _singles(person: Traits) -> set[str]:
    return {
        code for name in person.names for part in (name.given, name.family) for code in _codes(part)
    }


def _codes(words: tuple[Word, ...]) -> set[str]:
    found: set[str] = set()
    for word in words[:_WORDS_OF_A_PART]:
        found.add(_code(word.latin, word.sound))
        found |= {_code(full, sound_of(full)) for full in full_names(word.latin)}
    return found


def _code(latin: str, sound: str) -> str:
    return sound[:_SOUND_LETTERS] if len(sound) >= _SHORTEST_SOUND else latin[:_SOUND_LETTERS]
