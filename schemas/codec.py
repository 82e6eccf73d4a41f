"""Events to bytes and back, and what the filter reads from bytes without decoding them."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import fastavro
from pydantic import ValidationError

from schemas.contract import FIELDS
from schemas.errors import MalformedError
from schemas.events import EVENT_TYPES, Event, event_type
from schemas.framing import HEADER_BYTES, frame, schema_id_of
from schemas.identifiers import (
    EventId,
    PassportNumber,
    ProviderId,
    ServiceId,
    is_event_id,
    is_passport_number,
    is_referral_ref,
    is_service_id,
)
from schemas.registry import LockedSchema, latest_schema, schema_by_id
from schemas.validation import problems
from schemas.walk import read_long, read_text

FIELD_AT: Final = {name: place for place, name in enumerate(FIELDS)}
"""The place of each top-level field, the same in every event."""

_EVENT_ID = FIELD_AT["event_id"]
_PARTICIPANT = FIELD_AT["participant_id"]
_PROVIDER = FIELD_AT["provider_id"]
_REVISION = FIELD_AT["revision"]
_OCCURRED = FIELD_AT["occurred_at"]
_REFERRAL_REF = FIELD_AT["referral_ref"]
_PARTICIPATION = FIELD_AT["participation"]


@dataclass(init=False)
class WalkedEvent:
    """A framed value that passed the walk, and what is outside its blocks.

    `offsets` holds the place where each of the contract's fields begins, and the end.
    """

    value: bytes
    offsets: list[int]
    schema: LockedSchema
    event_id: EventId
    participant_id: PassportNumber
    provider_id: ProviderId
    service_id: ServiceId
    revision: int
    occurred_at_ms: int

    def __init__(
        self,
        value: bytes,
        offsets: list[int],
        schema: LockedSchema,
        *,
        event_id: EventId,
        participant_id: PassportNumber,
        provider_id: ProviderId,
        service_id: ServiceId,
        revision: int,
        occurred_at_ms: int,
    ) -> None:
        self.value = value
        self.offsets = offsets
        self.schema = schema
        self.event_id = event_id
        self.participant_id = participant_id
        self.provider_id = provider_id
        self.service_id = service_id
        self.revision = revision
        self.occurred_at_ms = occurred_at_ms


def encode(event: Event) -> bytes:
    """Return the framed value of an event, in the newest version of its schema."""
    return encode_fields(latest_schema(event_type(event)), event.model_dump())


def encode_fields(schema: LockedSchema, fields: Mapping[str, Any]) -> bytes:
    """Return the framed value of a record given as a dict of Avro values."""
    body = io.BytesIO()
    # a tuple is an array, not the name of a type and its value
    fastavro.schemaless_writer(body, schema.parsed, fields, disable_tuple_notation=True)
    return frame(schema.id, body.getvalue())


def decode(value: bytes) -> dict[str, Any]:
    """Return the fields of a framed value, closed blocks as None.

    The value is walked first: fastavro on its own accepts left-over bytes and can be made to
    build lists of millions from a few bytes.

    Raises:
        MalformedError: the framing, the schema id or the bytes are wrong.

    """
    schema_by_id(schema_id_of(value)).walk(value, HEADER_BYTES)
    return read_walked(value)


def read_walked(value: bytes) -> dict[str, Any]:
    """Return the fields of a value that passed its schema's walk, closed blocks as None."""
    schema = schema_by_id(schema_id_of(value))
    fields = fastavro.schemaless_reader(
        io.BytesIO(value[HEADER_BYTES:]), schema.parsed, schema.parsed
    )
    if not isinstance(fields, dict):
        raise MalformedError("The value is not a record.")
    return fields


def to_event(value: bytes) -> Event:
    """Return the event in a value that a provider published. Raises MalformedError, with fields."""
    fields = decode(value)
    model = EVENT_TYPES[schema_by_id(schema_id_of(value)).event]
    try:
        return model.model_validate(fields, strict=False)
    except ValidationError as error:
        raise MalformedError("A value of the event is wrong.", "\n".join(problems(error))) from None


def read_days(event: WalkedEvent, names: Iterable[str]) -> dict[str, dict[str, int]]:
    """Return the days of some blocks, by block and field: days since 1970. No more is decoded."""
    days = event.schema.days
    return {name: days[name](event.value, event.offsets[FIELD_AT[name]]) for name in names}


def read_block(schema: LockedSchema, name: str, data: bytes) -> dict[str, Any] | None:
    """Return the fields of a block, given as it stands in a value that was walked."""
    block = schema.blocks[name]
    fields: Any = fastavro.schemaless_reader(io.BytesIO(data), block, block)
    return fields if isinstance(fields, dict) else None


def walk(value: bytes) -> WalkedEvent:
    """Walk a value that a provider published and read its envelope and service.

    Raises:
        MalformedError: the framing, the schema id, the bytes, or a value of the envelope is wrong,
            or `participation` is missing.

    """
    schema = schema_by_id(schema_id_of(value))
    offsets = schema.walk(value, HEADER_BYTES)
    if value[offsets[_PARTICIPATION]] == 0:
        raise MalformedError(
            "The event has no participation block.",
            "A provider always says which service an event belongs to.",
        )
    walked = WalkedEvent(
        value,
        offsets,
        schema,
        event_id=EventId(read_text(value, offsets[_EVENT_ID])),
        participant_id=PassportNumber(read_text(value, offsets[_PARTICIPANT])),
        provider_id=ProviderId(read_text(value, offsets[_PROVIDER])),
        service_id=ServiceId(read_text(value, offsets[_PARTICIPATION] + 1)),
        revision=read_long(value, offsets[_REVISION])[0],
        occurred_at_ms=read_long(value, offsets[_OCCURRED])[0],
    )
    _check_envelope(walked)
    return walked


def _check_envelope(event: WalkedEvent) -> None:
    """Hold envelope and service to their forms: keys, headers and indexed columns hold them."""
    if not is_event_id(event.event_id):
        raise MalformedError("The event id is not a UUID in lower case.")
    if not is_passport_number(event.participant_id):
        raise MalformedError("The participant id is not a passport number.")
    if not is_service_id(event.service_id):
        raise MalformedError("The service id is not a provider, a dot and a service.")
    if event.revision < 1:
        raise MalformedError("The revision is below 1.")
    at = event.offsets[_REFERRAL_REF]
    if event.value[at] and not is_referral_ref(read_text(event.value, at + 1)):
        raise MalformedError("The referral reference is not one the bus issued.")
