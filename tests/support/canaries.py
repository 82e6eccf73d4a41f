"""Events in which every text is one that stands nowhere else, so that it can be looked for."""

import base64
import types
import typing
from collections.abc import Iterable, Iterator
from datetime import date
from enum import Enum
from secrets import token_hex
from typing import Any, Final

from pydantic import BaseModel

from schemas.events import EVENT_TYPES

BORN: Final = "1931-07-19"
GIVEN: Final = {"date_of_birth": BORN, "uln": "7310948261", "ni_number": "ZY731094C"}
"""Of a form of their own. No other date of an event is that of the birth."""
CODES: Final = {
    "sector": "J",
    "wanted_sector": "J",
    "occupation": "4131",
    "wanted_occupation": "4131",
    "country": "NG",
}
"""Of a form of their own, too, and too short to be looked for."""
SAID: Final = frozenset({"service_id", "stage"})
"""What may be known: which service, and how far. Codes are too short to be looked for."""
_PLAIN: Final = {bool: True, int: 1, float: 1.0, date: "2026-05-04"}


def canary_blocks(kind: str) -> tuple[dict[str, Any], list[str]]:
    """Return every block of an event with every field filled, as JSON, and all its canaries."""
    canaries = list(GIVEN.values())
    blocks = {}
    for name, field in EVENT_TYPES[kind].model_fields.items():
        model = _model(field.annotation)
        if model is not None:
            blocks[name] = _filled(model, canaries)
    return blocks, canaries


def traces(canaries: Iterable[str]) -> Iterator[str]:
    """Yield each canary in every way in which a text may hold it: plain, hexadecimal, base64."""
    for canary in canaries:
        raw = canary.encode()
        yield from (canary, raw.hex(), raw.hex().upper())
        for before in range(3):
            # what stands before and behind changes the characters at the ends alone
            coded = base64.b64encode(b"\0" * before + raw).decode()
            yield coded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]


def _model(kind: Any) -> type[BaseModel] | None:
    kinds = typing.get_args(kind) or (kind,)
    found = (one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel))
    return next(found, None)


def _filled(model: type[BaseModel], canaries: list[str]) -> dict[str, Any]:
    return {
        name: (GIVEN | CODES).get(name) or _value(field.annotation, canaries)
        for name, field in model.model_fields.items()
        if name not in SAID
    }


def _value(kind: Any, canaries: list[str]) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Annotated, typing.Union, types.UnionType):
        return _value(arguments[0], canaries)
    if origin is tuple:
        return [_value(arguments[0], canaries)]
    if issubclass(kind, BaseModel):
        return _filled(kind, canaries)
    if issubclass(kind, Enum):
        return list(kind)[1].value
    if kind is str:
        canaries.append(f"Canary{token_hex(6)}")
        return canaries[-1]
    return _PLAIN.get(kind, "2026-05-04T09:30:00Z")
