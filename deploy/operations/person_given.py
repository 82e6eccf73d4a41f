"""Who a person is and where, as a command or a request says it: fields and their values."""

import json
from typing import Any, NamedTuple

from pydantic import ValidationError

from consent_ledger.matching.reading import CONTACT_FIELDS
from schemas.blocks import Contact, Identity
from schemas.errors import MalformedError
from schemas.validation import problems

_NUMBERS = frozenset({"ni_number", "uln"})
_NI_CHARACTERS = 9


class PersonError(MalformedError):
    """What was given of a person is not understood. `problems` name fields, and repeat no value."""

    def __init__(self, *faults: str) -> None:
        super().__init__("Who the person is was not understood.", "\n".join(faults))
        self.problems = faults


class PersonGiven(NamedTuple):
    """Who a person is, where they can be reached, and the provider's own reference."""

    identity: Identity
    contact: Contact
    reference: str | None


def person_of(given: dict[str, Any]) -> PersonGiven:
    """Return the person whom fields of `Identity`, `CONTACT_FIELDS` and `reference` name.

    A text that is empty, as a cell of a table, is not known; numbers may have spaces and small
    letters. PersonError where a field is not known, or does not have its form.
    """
    fields = {
        name: _typed(name, value) for name, value in given.items() if not _is_empty(name, value)
    }
    reference = fields.pop("reference", None)
    if reference is not None and not (isinstance(reference, str) and reference):
        raise PersonError("reference: must be a text")
    contact = {name: fields.pop(name) for name in CONTACT_FIELDS if name in fields}
    contact = {name: value for name, value in contact.items() if value is not None}
    try:
        return PersonGiven(
            Identity.model_validate_json(json.dumps(fields)),
            Contact.model_validate_json(json.dumps(contact)),
            reference,
        )
    except ValidationError as error:
        raise PersonError(*problems(error)) from None


def _is_empty(name: str, value: Any) -> bool:
    # a reference that is empty was lost on the way
    return name != "reference" and isinstance(value, str) and not value.strip()


def _typed(name: str, value: Any) -> Any:
    """Return a value as it is told: of a number, without the spaces that people put into it."""
    if name not in _NUMBERS or not isinstance(value, str):
        return value
    number = "".join(value.split()).upper()
    # the last letter of a National Insurance number may not be known: then it is a space
    return number.ljust(_NI_CHARACTERS) if name == "ni_number" else number
