"""The days in a block of a value that was walked, read without decoding anything else of it."""

from collections.abc import Callable
from typing import Any, Final

from schemas.errors import SchemaError
from schemas.walk import read_long, skip_of

_DAY: Final = {"type": "int", "logicalType": "date"}


def compile_days(block: Any) -> Callable[[bytes, int], dict[str, int]]:
    """Return a function that reads a block of this schema: null, or a record.

    The function takes the bytes and where the block begins, and returns each day by the name of its
    field, in days since 1 January 1970. What is null is left out.

    Raises SchemaError when a day is not nullable, as the contract has it.
    """
    steps = [
        (field["name"] if _is_day(field["type"]) else None, skip_of(field["type"], {}))
        for field in block[1]["fields"]
    ]
    while steps and steps[-1][0] is None:
        del steps[-1]

    def days(data: bytes, at: int) -> dict[str, int]:
        found: dict[str, int] = {}
        if data[at] == 0:
            return found
        at += 1
        for name, skip in steps:
            if name is not None and data[at]:
                found[name] = read_long(data, at + 1)[0]
            at = skip.end(data, at)
        return found

    return days


def _is_day(schema: Any) -> bool:
    if schema == _DAY:
        raise SchemaError("A day in a block is nullable.")
    return bool(schema == ["null", _DAY])
