"""How many people share a value. What many share says little: Khan, an office's telephone.

The register counts digests of values in a table of their own, which names no person: a digest of a
name beside a number would tell by its count which names that person has.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple, Self

from consent_ledger.matching.blocking import DIGEST_BYTES
from consent_ledger.matching.levels import Field
from consent_ledger.matching.traits import Traits
from schemas.derivation import derived_token


class Counted(StrEnum):
    """A kind of value that is counted. A name counts the same as a given and as a family name."""

    NAME = "name"
    POSTCODE = "postcode"
    STREET = "street"
    PLACE = "place"
    PHONE = "phone"
    EMAIL = "email"
    NI_NUMBER = "ni-number"
    ULN = "uln"


COUNTED_AS: Final[Mapping[Field, Counted]] = {
    Field.GIVEN: Counted.NAME,
    Field.FAMILY: Counted.NAME,
    Field.POSTCODE: Counted.POSTCODE,
    Field.STREET: Counted.STREET,
    Field.PLACE: Counted.PLACE,
    Field.PHONE: Counted.PHONE,
    Field.EMAIL: Counted.EMAIL,
    Field.NI_NUMBER: Counted.NI_NUMBER,
    Field.ULN: Counted.ULN,
}

_PEOPLE_EXPECTED: Final = 500
"""A share that is not known yet weighs as much as what this many people have shown."""


class Value(NamedTuple):
    """A value that is counted. It is personal: it is in memory alone."""

    kind: Counted
    text: str


class Frequencies(NamedTuple):
    """How many of `people` have each of some values. Values that are not there: nobody."""

    counts: Mapping[Value, int]
    people: int

    @classmethod
    def by_digest(
        cls, digests: Mapping[Value, bytes], counts: Mapping[bytes, int], people: int
    ) -> Self:
        """Return the frequencies of some values, by their `value_digest`, from counts of those."""
        return cls({value: counts.get(digest, 0) for value, digest in digests.items()}, people)

    def share(self, field: Field, text: str, expected: float) -> float:
        """Return the share of people who have a value, 0 to 1.

        `expected` is the share of a value of this field as a rule: what is known of few people
        moves it little.
        """
        count = self.counts.get(Value(COUNTED_AS[field], text), 0)
        return (count + _PEOPLE_EXPECTED * expected) / (self.people + _PEOPLE_EXPECTED)


NOBODY: Final = Frequencies({}, 0)
"""Of a hub that has counted nothing yet."""


def value_digests(person: Traits, key: bytes) -> dict[Value, bytes]:
    """Return the values of a person that are counted, each with its digest."""
    return {value: value_digest(value, key) for value in values_counted(person)}


def value_digest(value: Value, key: bytes) -> bytes:
    """Return the digest under which a value is counted."""
    return derived_token(key, f"counted {value.kind}", value.text)[:DIGEST_BYTES]


def values_counted(person: Traits) -> frozenset[Value]:
    """Return the values of a person that are counted: once a person, whatever they occur in."""
    found = {
        Value(Counted.NAME, text)
        for name in person.names
        for words in (name.given, name.family)
        for text in ("".join(word.latin for word in words), *(word.latin for word in words))
    }
    for address in person.addresses:
        found |= {Value(Counted.STREET, address.street), Value(Counted.PLACE, address.place)}
    of_one_kind = {
        Counted.POSTCODE: person.postcodes,
        Counted.PHONE: person.phones,
        Counted.EMAIL: person.emails,
        Counted.NI_NUMBER: person.ni_numbers,
        Counted.ULN: person.ulns,
    }
    found |= {Value(kind, text) for kind, texts in of_one_kind.items() for text in texts}
    return frozenset(value for value in found if value.text)
