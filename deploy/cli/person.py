"""Who somebody is, as a command is told: by options, or as JSON on standard input."""

import json
import sys
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas.blocks import Identity
from schemas.errors import BusError
from schemas.validation import problems

_HINT = 'It is one JSON object, such as {"given_names": "Ada", "date_of_birth": "1991-03-14"}.'


class PersonError(BusError):
    """What was said of a person is not understood. The values are not repeated."""


class PersonGiven(NamedTuple):
    """Who somebody is, and the provider's own reference."""

    identity: Identity
    reference: str | None


def person_of(given: dict[str, Any]) -> PersonGiven:
    """Return the person that these fields of `Identity`, and `reference`, name.

    Raises:
        PersonError: a field is not known, or does not have its form.

    """
    fields = dict(given)
    reference = fields.pop("reference", None)
    if reference is not None and not (isinstance(reference, str) and reference):
        raise PersonError("Who the person is was not understood.", "reference: must be a text")
    try:
        return PersonGiven(Identity.model_validate_json(json.dumps(fields)), reference)
    except ValidationError as error:
        raise PersonError(
            "Who the person is was not understood.", "\n".join(problems(error))
        ) from None


def person_on_standard_input() -> PersonGiven:
    """Read a person from standard input.

    Raises:
        PersonError: it is not a JSON object, or not one of a person.

    """
    try:
        given = json.loads(sys.stdin.buffer.read().decode())
    except (
        ValueError,
        RecursionError,
    ):  # both UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise PersonError("Standard input is not JSON.", _HINT) from None
    if not isinstance(given, dict):
        raise PersonError("Standard input is not a JSON object.", _HINT)
    return person_of(given)
