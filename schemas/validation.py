"""What is wrong with values that somebody gave: names of fields, never what stands in them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

_NOT_A_DAY: Final = ("date_type", "date_parsing", "date_from_datetime_parsing")
_FIELD: Final = re.compile(r"[a-z][a-z_]{0,40}")


def problems(error: ValidationError) -> list[str]:
    """Return one line for each fault: its field, and what is wrong."""
    return [
        f"{where(one['loc'])}: {fault(one)}"
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def fault(details: Mapping[str, Any]) -> str:
    """Return what is wrong, of what pydantic tells: without its word for a check of ours."""
    if details["type"] in _NOT_A_DAY:
        return "a day is written as YYYY-MM-DD, such as 1992-03-02"
    return str(details["msg"]).removeprefix("Value error, ")


def where(place: Iterable[int | str]) -> str:
    """Return a field's name. One that looks like none may be somebody's name: it is not shown."""
    return ".".join(
        str(part) if isinstance(part, int) or _FIELD.fullmatch(part) else "(a field)"
        for part in place
    )
