"""Two people compared, field by field: of all that is known of either, the nearest counts."""

import sys
from collections.abc import Callable, Sequence
from itertools import product
from typing import Final, NamedTuple, TypeVar

from consent_ledger.matching import likeness
from consent_ledger.matching.levels import Field, Level, Pattern
from consent_ledger.matching.spelling import Word
from consent_ledger.matching.traits import Address, PersonName, Traits

Value = TypeVar("Value")
Agreed = frozenset[tuple[Field, str]]


class PairComparison(NamedTuple):
    """How far each field agrees, and the values that are the same, for their frequency.

    It is the same whichever of the two stands first. The values may not be written down.
    """

    pattern: Pattern
    agreed: Agreed


class _NameAgreement(NamedTuple):
    """How two names agree, one way round. The lower `rank`, the nearer."""

    rank: int
    is_swapped: bool
    given: Level | None
    family: Level | None
    agreed: tuple[tuple[Field, str], ...] = ()


class _Homes(NamedTuple):
    """How two addresses agree. The lower `rank`, the nearer."""

    rank: int
    house: Level | None
    street: Level | None
    place: Level | None
    agreed: tuple[tuple[Field, str], ...] = ()


Agreement = TypeVar("Agreement", _NameAgreement, _Homes)


def compare(mine: Traits, other: Traits) -> PairComparison:
    """Compare two people."""
    names = [
        way
        for name, another in product(mine.names, other.names)
        for way in (_straight(name, another), _swapped(name, another))
    ]
    name = _nearest_of(names, _NO_NAMES)
    homes = [_homes(home, another) for home, another in product(mine.addresses, other.addresses)]
    home = _nearest_of(homes, _NO_HOMES)
    order = None if name.given is None and name.family is None else Level.SAME
    levels: dict[Field, Level | None] = {
        Field.GIVEN: name.given,
        Field.FAMILY: name.family,
        Field.ORDER: Level.OTHER if name.is_swapped else order,
        Field.BIRTH: _nearest(likeness.births, mine.births, other.births),
        Field.POSTCODE: _nearest(likeness.postcodes, mine.postcodes, other.postcodes),
        Field.HOUSE: home.house,
        Field.STREET: home.street,
        Field.PLACE: home.place,
        Field.PHONE: _nearest(likeness.numbers, mine.phones, other.phones),
        Field.EMAIL: _nearest(likeness.numbers, mine.emails, other.emails),
        Field.NI_NUMBER: _nearest(likeness.numbers, mine.ni_numbers, other.ni_numbers),
        Field.ULN: _nearest(likeness.numbers, mine.ulns, other.ulns),
    }
    agreed = [*name.agreed, *home.agreed]
    shared = {
        Field.POSTCODE: (mine.postcodes, other.postcodes),
        Field.PHONE: (mine.phones, other.phones),
        Field.EMAIL: (mine.emails, other.emails),
        Field.NI_NUMBER: (mine.ni_numbers, other.ni_numbers),
        Field.ULN: (mine.ulns, other.ulns),
    }
    agreed += [
        (field, value)
        for field, (values, others) in shared.items()
        for value in values
        if value in others
    ]
    return PairComparison(tuple(levels[field] for field in Field), frozenset(agreed))


def _nearest(
    compared: Callable[[Value, Value], Level], mine: Sequence[Value], other: Sequence[Value]
) -> Level | None:
    found = [compared(value, another) for value, another in product(mine, other)]
    return likeness.nearest(found) if found else None


def _straight(mine: PersonName, other: PersonName) -> _NameAgreement:
    given = likeness.given_names(mine.given, other.given)
    family = _family(mine, other)
    agreed = (
        *_agreed(Field.GIVEN, given, mine.given, other.given),
        *_agreed(Field.FAMILY, family, mine.family, other.family),
    )
    rank = _ranks(given, family)
    return _NameAgreement(rank, is_swapped=False, given=given, family=family, agreed=agreed)


def _swapped(mine: PersonName, other: PersonName) -> _NameAgreement:
    """Compare names the other way round; which field a level is given to is the same for both."""
    ways = [(mine.given, other.family), (mine.family, other.given)]
    found = [(likeness.family_names(name, another), name, another) for name, another in ways]
    (given, *givens), (family, *families) = sorted(
        found, key=lambda way: (likeness.rank(way[0]), way[0] is None, *sorted(way[1:]))
    )
    if (given is None and family is None) or not all(map(_is_near, (given, family))):
        return _NO_NAMES
    agreed = (*_agreed(Field.GIVEN, given, *givens), *_agreed(Field.FAMILY, family, *families))
    return _NameAgreement(
        _ranks(given, family) + 1, is_swapped=True, given=given, family=family, agreed=agreed
    )


def _is_near(level: Level | None) -> bool:
    return level is None or likeness.rank(level) <= likeness.rank(Level.ALIKE)


def _nearest_of(found: Sequence[Agreement], nothing: Agreement) -> Agreement:
    rank = min((one.rank for one in found), default=0)
    nearest = [one for one in found if one.rank == rank]
    if len(nearest) == 1:  # as nearly always: to write what is compared out takes long
        return nearest[0]
    return min(nearest, key=_in_order, default=nothing)


def _in_order(found: _NameAgreement | _Homes) -> tuple[object, ...]:
    """Return what puts the nearest first, and two that are as near in one order for both people."""
    return found.rank, found.agreed, *map(str, found)


def _family(mine: PersonName, other: PersonName) -> Level | None:
    """Compare family names, with their particles where that makes them the same."""
    whole = likeness.family_names(
        (*mine.particles, *mine.family), (*other.particles, *other.family)
    )
    return whole if whole is Level.SAME else likeness.family_names(mine.family, other.family)


def _agreed(
    field: Field, level: Level | None, mine: tuple[Word, ...], other: tuple[Word, ...]
) -> list[tuple[Field, str]]:
    if level is Level.SAME:
        return [(field, min(_whole(mine), _whole(other)))]
    if level in (Level.PART, Level.SHARED):
        shared = {word.latin for word in mine} & {word.latin for word in other}
        return [(field, word) for word in sorted(shared)]
    return []


def _whole(words: tuple[Word, ...]) -> str:
    return "".join(word.latin for word in words)


def _homes(mine: Address, other: Address) -> _Homes:
    house, street, place = (
        compared(value, another) if value and another else None
        for compared, value, another in zip(
            (likeness.numbers, likeness.texts, likeness.texts), mine, other, strict=True
        )
    )
    agreed = [
        (field, value)
        for field, level, value in (
            (Field.STREET, street, mine.street),
            (Field.PLACE, place, mine.place),
        )
        if level is Level.SAME
    ]
    ranks = _ranks(house, street) + likeness.rank(place)
    return _Homes(ranks, house, street, place, tuple(agreed))


def _ranks(first: Level | None, second: Level | None) -> int:
    return likeness.rank(first) + likeness.rank(second)


_NO_NAMES: Final = _NameAgreement(sys.maxsize, is_swapped=False, given=None, family=None)
_NO_HOMES: Final = _Homes(sys.maxsize, house=None, street=None, place=None)
