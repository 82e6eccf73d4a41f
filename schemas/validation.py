"""What is wrong with values that somebody gave: names of fields, never what stands in them."""

import re
from typing import Final

from pydantic import ValidationError

_FIELD: Final = re.compile(r"[a-z][a-z_]{0,40}")


def problems(error: ValidationError) -> list[str]:
    """Return one line for each fault.

    A key that looks like no field's name may be somebody's name in the wrong place, so it is not
    shown.
    """
    return [
        f"{_where(one['loc'])}: {one['msg'].removeprefix('Value error, ')}"
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _where(place: tuple[int | str, ...]) -> str:
    return ".".join(
        str(part) if isinstance(part, int) or _FIELD.fullmatch(part) else "(a field)"
        for part in place
    )
