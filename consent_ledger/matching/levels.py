"""How far two people agree in each field, as one of a few levels."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Field(StrEnum):
    """What is compared. `ORDER` is whether given and family name stand the same way round."""

    GIVEN = "given"
    FAMILY = "family"
    ORDER = "order"
    BIRTH = "birth"
    POSTCODE = "postcode"
    HOUSE = "house"
    STREET = "street"
    PLACE = "place"
    PHONE = "phone"
    EMAIL = "email"
    NI_NUMBER = "ni-number"
    ULN = "uln"


class Level(StrEnum):
    """How far a field agrees; the nearer first."""

    SAME = "same"
    PART = "part"
    """All words of one are words of the other; of a date, two of its three parts are the same."""
    SHORT = "short"
    """One is short for the other, or its first letter."""
    CLOSE = "close"
    """A typing error apart, or the same in another script; day and month the other way round."""
    SHARED = "shared"
    """One word is in both, others are not."""
    YEAR = "year"
    """One is the year alone, which is the same."""
    AREA = "area"
    """The same postcode district."""
    ALIKE = "alike"
    """They sound the same, or are two typing errors apart."""
    FAINT = "faint"
    OTHER = "other"


_TEXT: Final = (Level.SAME, Level.CLOSE, Level.ALIKE, Level.OTHER)
_NUMBER: Final = (Level.SAME, Level.CLOSE, Level.OTHER)
_FAMILY: Final = (
    *(Level.SAME, Level.PART, Level.CLOSE, Level.SHARED),
    *(Level.ALIKE, Level.FAINT, Level.OTHER),
)

LEVELS: Final[Mapping[Field, tuple[Level, ...]]] = {
    Field.GIVEN: (Level.SAME, Level.PART, Level.SHORT, *_FAMILY[2:]),
    Field.FAMILY: _FAMILY,
    Field.ORDER: (Level.SAME, Level.OTHER),
    Field.BIRTH: (
        *(Level.SAME, Level.CLOSE, Level.PART, Level.YEAR),
        *(Level.ALIKE, Level.OTHER),
    ),
    Field.POSTCODE: (Level.SAME, Level.CLOSE, Level.AREA, Level.OTHER),
    Field.HOUSE: _NUMBER,
    Field.STREET: _TEXT,
    Field.PLACE: _TEXT,
    Field.PHONE: _NUMBER,
    Field.EMAIL: _NUMBER,
    Field.NI_NUMBER: _NUMBER,
    Field.ULN: _NUMBER,
}
"""The levels that each field has, the nearest first."""

Pattern = tuple[Level | None, ...]
"""A level for each field, in the order of `Field`; None where either person has no such value."""

NOTHING: Final[Pattern] = (None,) * len(Field)


def at(pattern: Pattern, field: Field) -> Level | None:
    """Return the level of a field."""
    return pattern[_PLACE[field]]


_PLACE: Final = {field: place for place, field in enumerate(Field)}
