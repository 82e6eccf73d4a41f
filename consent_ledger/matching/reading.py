"""What a door was told of a person, read into what is compared; and what of it was doubtful."""

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final, NamedTuple

from consent_ledger.matching import contacts, official_numbers
from consent_ledger.matching.names import person_name
from consent_ledger.matching.traits import Birth, Traits
from schemas.blocks import Contact, Identity

FIRST_YEAR: Final = 1900
NOBODYS_BIRTHDAY: Final = date(FIRST_YEAR, 1, 1)
NO_CONTACT: Final = Contact()
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f]")
"""Any character of the category Cc."""
CONTACT_FIELDS: Final = ("postcode", "address", "phone", "email")
"""Fields of a contact by which a person may be known again; the rest says nothing of who it is."""


class Doubt(NamedTuple):
    """A field of the identity or contact, and in words what is wrong. Never its value.

    What `is_refused` should not be entered at all; the rest is taken as absent, or as said.
    """

    field: str
    reason: str
    is_refused: bool = False

    @property
    def in_words(self) -> str:
        """The field and the reason, for a person to read."""
        return f"{self.field}: {self.reason}"


class Reading(NamedTuple):
    """A person as matching compares them, and what was doubtful about what was told."""

    traits: Traits
    doubts: tuple[Doubt, ...]


def read(identity: Identity, contact: Contact = NO_CONTACT, *, today: date) -> Reading:
    """Return what can be compared, and every doubt: what is doubtful is left out of it.

    A date of birth on 1 January is taken for its year alone: it is what is entered where no more
    is known. `today` is the last day on which somebody can have been born.
    """
    doubts = [*_control_characters(identity, contact)]
    name = person_name(identity.given_names, identity.family_name)
    if name is None and (identity.given_names or identity.family_name):
        doubts.append(Doubt("family_name", "says no name: taken as absent"))
    address = contacts.address(contact.address)
    traits = Traits(
        names=() if name is None else (name,),
        births=_birth(identity.date_of_birth, today, doubts),
        postcodes=_contact("postcode", contact.postcode, contacts.postcode, doubts),
        addresses=() if address is None else (address,),
        phones=_contact("phone", contact.phone, contacts.phone, doubts),
        emails=_contact("email", contact.email, contacts.email, doubts),
        ni_numbers=_ni_number(identity.ni_number, doubts),
        ulns=_uln(identity.uln, doubts),
    )
    return Reading(traits, tuple(doubts))


def _control_characters(identity: Identity, contact: Contact) -> Iterator[Doubt]:
    fields: dict[str, object] = {**dict(identity), **dict(contact)}
    for field, value in fields.items():
        lines = value if isinstance(value, tuple | list) else (value,)
        texts = [line for line in lines if isinstance(line, str)]
        if any(map(_CONTROL.search, texts)):
            yield Doubt(field, "holds a control character", is_refused=True)


def _birth(born: date | None, today: date, doubts: list[Doubt]) -> tuple[Birth, ...]:
    field = "date_of_birth"
    if born is None:
        doubts.append(Doubt(field, "is missing"))
    elif born > today:
        doubts.append(Doubt(field, "is in the future", is_refused=True))
    elif born.year < FIRST_YEAR:
        doubts.append(Doubt(field, f"is before {FIRST_YEAR}", is_refused=True))
    elif born == NOBODYS_BIRTHDAY:
        doubts.append(Doubt(field, "is 1 January 1900, nobody's birthday: taken as absent"))
    elif (born.month, born.day) == (1, 1):
        doubts.append(Doubt(field, "is 1 January: its year alone is compared"))
        return (Birth(born.year),)
    else:
        return (Birth(born.year, born.month, born.day),)
    return ()


def _contact(
    field: str, text: str | None, normal: Callable[[str], str | None], doubts: list[Doubt]
) -> tuple[str, ...]:
    value = None if text is None else normal(text)
    if text is not None and value is None:
        doubts.append(Doubt(field, "reaches nobody: taken as absent"))
    return () if value is None else (value,)


def _ni_number(text: str | None, doubts: list[Doubt]) -> tuple[str, ...]:
    if text is None:
        return ()
    number = official_numbers.ni_number(text)
    if official_numbers.is_possible_ni(number):
        return (number,)
    doubts.append(Doubt("ni_number", "cannot be a person's, or is temporary: taken as absent"))
    return ()


def _uln(text: str | None, doubts: list[Doubt]) -> tuple[str, ...]:
    if text is None:
        return ()
    if official_numbers.is_possible_uln(text):
        return (text,)
    if text == official_numbers.TEMPORARY_ULN:
        doubts.append(Doubt("uln", "is the placeholder of those without one: taken as absent"))
    else:
        doubts.append(Doubt("uln", "has a wrong check digit", is_refused=True))
    return ()
