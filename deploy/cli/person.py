"""Who a person is, as JSON on standard input."""

import json
import sys

from deploy.operations.person_given import PersonGiven, person_of
from schemas.errors import MalformedError

_HINT = 'It is one JSON object, such as {"given_names": "Ada", "date_of_birth": "1991-03-14"}.'


def person_on_standard_input() -> PersonGiven:
    """Read a person from standard input.

    Raises MalformedError where it is no JSON object, PersonError where that is of no person.
    """
    try:
        given = json.loads(sys.stdin.buffer.read().decode())
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise MalformedError("Standard input is not JSON.", _HINT) from None
    if not isinstance(given, dict):
        raise MalformedError("Standard input is not a JSON object.", _HINT)
    return person_of(given)
