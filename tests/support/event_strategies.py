"""Hypothesis strategies for events: every field of the models, within what the models allow."""

import types
import typing
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

from annotated_types import Ge, Le, MaxLen, MinLen
from hypothesis import strategies as st
from pydantic import AfterValidator, AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from schemas.codec import encode
from schemas.date_order import misordered
from schemas.events import EVENT_TYPES, Event
from schemas.identifiers import (
    ALPHABET,
    PassportNumber,
    ProviderId,
    is_passport_number,
    is_referral_ref,
)

PASSPORT_NUMBERS = [
    PassportNumber(number)
    for first in range(40)
    for check in ALPHABET
    if is_passport_number(number := f"NWD-{first:04}-ADA0-{check}")
]
REFERENCES = [
    reference
    for first in range(40)
    for check in ALPHABET
    if is_referral_ref(reference := f"R{first:09}{check}")
]
SERVICES = ["college-c.adult-skills", "borough-d.jobs", "charity-b.recovery", "charity-b.new"]
PROVIDERS = [ProviderId("college-c"), ProviderId("borough-d"), ProviderId("charity-b")]

ZONES = st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours)))
MOMENTS = st.datetimes(
    datetime(1900, 1, 1),  # noqa: DTZ001 - a bound, to which a zone is added
    datetime(2100, 1, 1),  # noqa: DTZ001 - a bound, to which a zone is added
    timezones=ZONES,
) | st.datetimes(timezones=st.just(UTC))

CHECKED_BY_A_FUNCTION: dict[str, st.SearchStrategy[Any]] = {
    "event_id": st.uuids().map(str),
    "participant_id": st.sampled_from(PASSPORT_NUMBERS),
    "provider_id": st.sampled_from(PROVIDERS),
    "referral_ref": st.none() | st.sampled_from(REFERENCES),
    "service_id": st.sampled_from(SERVICES),
}
"""Fields into whose form no strategy can look."""


def events() -> st.SearchStrategy[Event]:
    """Give events of every type, with each block filled, empty or missing."""
    return EVENTS


def values() -> st.SearchStrategy[bytes]:
    """Give the framed values of events."""
    return EVENTS.map(encode)


def _in_order(event: Event) -> Event:
    """Return an event without those of its days that are before another: no door lets it in."""
    for problem in misordered(event.model_dump()):
        block, field = problem.partition(":")[0].split(".")
        changed = getattr(event, block).model_copy(update={field: None})
        event = event.model_copy(update={block: changed})
    return event


def _of_model(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    fields = {name: _of_field(name, field) for name, field in model.model_fields.items()}
    return st.builds(model, **fields)


def _of_field(name: str, field: FieldInfo) -> st.SearchStrategy[Any]:
    if name == "referral_ref" or any(isinstance(one, AfterValidator) for one in field.metadata):
        return CHECKED_BY_A_FUNCTION.get(name, MOMENTS)
    return _of_type(field.annotation, field.metadata)


def _of_type(kind: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _of_type(arguments[0], [*metadata, *arguments[1:]])
    if origin in (typing.Union, types.UnionType):
        return st.none() | _of_type(arguments[0], metadata)
    if origin is tuple:
        return st.lists(_of_type(arguments[0], []), max_size=3).map(tuple)
    if issubclass(kind, BaseModel):
        return _of_model(kind)
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    return _of_plain_type(kind, _flat(metadata))


def _of_plain_type(kind: type, metadata: list[Any]) -> st.SearchStrategy[Any]:
    if kind is int:
        least, most = _limit(metadata, Ge, "ge", 0), _limit(metadata, Le, "le", 0)
        return st.integers(least, most)
    if kind is str:
        for one in metadata:
            if pattern := getattr(one, "pattern", None):
                return st.from_regex(pattern.removeprefix("^").removesuffix("$"), fullmatch=True)
        longest = min(30, _limit(metadata, MaxLen, "max_length", 0))
        return st.text(min_size=_limit(metadata, MinLen, "min_length", 0), max_size=longest)
    return {
        bool: st.booleans(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        date: st.dates(),
        AwareDatetime: MOMENTS,
    }[kind]


def _flat(metadata: list[Any]) -> list[Any]:
    """Return the constraints themselves: some stand within a Field of their own."""
    return [
        inner
        for one in metadata
        for inner in (one.metadata if isinstance(one, FieldInfo) else [one])
    ]


def _limit(metadata: list[Any], kind: type, name: str, otherwise: int) -> int:
    found = [getattr(one, name) for one in metadata if isinstance(one, kind)]
    return int(found[0]) if found else otherwise


EVENTS: st.SearchStrategy[Event] = st.one_of([_of_model(one) for one in EVENT_TYPES.values()]).map(
    _in_order
)
