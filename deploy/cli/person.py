"""Who a person is and where, as a command gets it: by options, or as JSON on standard input."""

import json
import sys
from typing import Any, NamedTuple

from pydantic import ValidationError

from consent_ledger.matching.reading import CONTACT_FIELDS
from schemas.blocks import Contact, Identity
from schemas.errors import BusError
from schemas.validation import problems

_HINT = 'It is one JSON object, such as {"given_names": "Ada", "date_of_birth": "1991-03-14"}.'


class PersonError(BusError):
    """What was given of a person is not understood. The values are not repeated."""


class PersonGiven(NamedTuple):
    """Who a person is, where they can be reached, and the provider's own reference."""

    identity: Identity
    contact: Contact
    reference: str | None


def person_of(given: dict[str, Any]) -> PersonGiven:
    """Return the person whom fields of `Identity`, `CONTACT_FIELDS` and `reference` name.

    PersonError where a field is not known, or does not have its form.
    """
    fields = dict(given)
    reference = fields.pop("reference", None)
    if reference is not None and not (isinstance(reference, str) and reference):
        raise PersonError("Who the person is was not understood.", "reference: must be a text")
    contact = {name: fields.pop(name) for name in CONTACT_FIELDS if name in fields}
    contact = {name: value for name, value in contact.items() if value is not None}
    try:
        return PersonGiven(
            Identity.model_validate_json(json.dumps(fields)),
            Contact.model_validate_json(json.dumps(contact)),
            reference,
        )
    except ValidationError as error:
        raise PersonError(
            "Who the person is was not understood.", "\n".join(problems(error))
        ) from None


def person_on_standard_input() -> PersonGiven:
    """Read a person from standard input; PersonError where it is no JSON object of a person."""
    try:
        given = json.loads(sys.stdin.buffer.read().decode())
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise PersonError("Standard input is not JSON.", _HINT) from None
    if not isinstance(given, dict):
        raise PersonError("Standard input is not a JSON object.", _HINT)
    return person_of(given)
