"""People for the tests of matching: what a door might be told of them."""

from datetime import date

from consent_ledger.matching.reading import read
from consent_ledger.matching.traits import Traits
from schemas.blocks import Contact, Identity

TODAY = date(2026, 11, 29)
BORN = date(1991, 3, 14)
LIVES = Contact(
    postcode="E8 3RH",
    address=("12 Mare Street", "Hackney"),
    phone="07700 900123",
    email="ada@example.org",
)


def person(
    given: str | None = "Ada",
    family: str | None = "Nwosu",
    born: date | None = BORN,
    *,
    contact: Contact = LIVES,
    ni: str | None = None,
    uln: str | None = None,
) -> Traits:
    """Return a person who lives at one address, unless said otherwise."""
    identity = Identity(
        given_names=given, family_name=family, date_of_birth=born, ni_number=ni, uln=uln
    )
    return read(identity, contact, today=TODAY).traits


def nowhere(given: str | None, family: str | None, born: date | None = BORN) -> Traits:
    """Return a person of whom no contact is known."""
    return person(given, family, born, contact=Contact())
