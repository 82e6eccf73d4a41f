"""What is wrong with values that were given: names of fields, never their content."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

_NOT_A_DAY: Final = ("date_type", "date_parsing", "date_from_datetime_parsing")
_FORMS: Final[Mapping[str, str]] = {
    "ni_number": "it is two letters, six digits and a letter A to D; leave a temporary one out",
    "uln": "it is ten digits",
}
"""In place of a regular expression, which nobody can be expected to read."""
_FIELD: Final = re.compile(r"[a-z][a-z_]{0,40}")


def problems(error: ValidationError) -> list[str]:
    """Return one line for each fault: its field, and what is wrong."""
    return [
        f"{where(details['loc'])}: {fault(details)}"
        for details in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def fault(details: Mapping[str, Any]) -> str:
    """Return what is wrong in pydantic's words, without its prefix for our own checks."""
    if details["type"] in _NOT_A_DAY:
        return "a day is written as YYYY-MM-DD, such as 1992-03-02"
    if details["type"] == "string_pattern_mismatch" and details["loc"][-1] in _FORMS:
        return _FORMS[details["loc"][-1]]
    return str(details["msg"]).removeprefix("Value error, ")


def where(place: Iterable[int | str]) -> str:
    """Return a field's name. A text that is no field's name may be personal: it is not shown."""
    return ".".join(
        str(part) if isinstance(part, int) or _FIELD.fullmatch(part) else "(a field)"
        for part in place
    )
