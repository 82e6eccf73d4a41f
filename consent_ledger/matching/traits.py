"""What matching knows of a person: every value that was ever given, in the form it compares."""

from typing import NamedTuple, Self

from consent_ledger.matching.spelling import Word


class PersonName(NamedTuple):
    """A name in its parts; either may be empty. Particles of the family name stand apart."""

    given: tuple[Word, ...]
    family: tuple[Word, ...]
    particles: tuple[Word, ...] = ()


class Birth(NamedTuple):
    """A date of birth, or only its year where no more is known."""

    year: int
    month: int | None = None
    day: int | None = None

    @property
    def digits(self) -> str:
        """The eight digits of a whole date; else the year's four."""
        if self.month is None or self.day is None:
            return f"{self.year:04}"
        return f"{self.year:04}{self.month:02}{self.day:02}"


class Address(NamedTuple):
    """The lines of an address: the house's number, its street, and what else is said."""

    house: str
    street: str
    place: str


class Traits(NamedTuple):
    """A person as matching compares them. Several values of a kind: earlier ones are kept.

    All are in normal form, as `reading.read` makes them. Nothing here may be written down.
    """

    names: tuple[PersonName, ...] = ()
    births: tuple[Birth, ...] = ()
    postcodes: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    ni_numbers: tuple[str, ...] = ()
    ulns: tuple[str, ...] = ()

    def and_also(self, other: Self) -> Self:
        """Return what both say of one person, each value once."""
        return type(self)._make(
            # to hash a name takes longer than to compare it: only where there is something to add
            tuple(dict.fromkeys((*mine, *theirs))) if mine and theirs else mine or theirs
            for mine, theirs in zip(self, other, strict=True)
        )
