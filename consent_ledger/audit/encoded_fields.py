"""What a row of the journal holds: its fields, and the bytes in which each block of it stands."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, NamedTuple

import fastavro

from schemas.contract import ENVELOPE
from schemas.framing import HEADER_BYTES, schema_id_of
from schemas.registry import LockedSchema, schema_by_id

CLOSED: Final = b"\0"
"""A block that is null."""

OPEN: Final = b"\x02"
"""What a block that is not null begins with: the number of the second branch, zig-zag."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class EncodedFields:
    """A framed value, read a block at a time. `envelope` is as every tray begins to show it.

    An Avro record is its fields one behind the other, and nothing between: a block is the bytes
    that a library has read of it, which knows nothing of the walk by which the filter cuts.

    Raises MalformedError where the framing, the schema id or the bytes are wrong.
    """

    def __init__(self, value: bytes) -> None:
        self.schema = schema_by_id(schema_id_of(value))
        self.schema.walk(value, HEADER_BYTES)  # only the one encoding of what it says
        self.header = value[:HEADER_BYTES]
        self._types = _types(self.schema)
        body = io.BytesIO(value)
        at = body.seek(HEADER_BYTES)
        fields: Any = fastavro.schemaless_reader(body, self._types.envelope, None)
        self.fields: dict[str, Any] = fields
        self.envelope = {**fields, "revision": 0, "recorded_at": _EPOCH}
        self._own_envelope = b""
        self.blocks: dict[str, bytes] = {}
        at = body.tell()
        for block, kind in self._types.blocks.items():
            is_open = body.read(1) != CLOSED
            self.fields[block] = fastavro.schemaless_reader(body, kind, None) if is_open else None
            end = body.tell()
            self.blocks[block] = value[at:end]
            at = end

    def encoded_envelope(self, envelope: Mapping[str, Any]) -> bytes:
        """Return an envelope in which some fields may be others than the event's own."""
        if envelope != self.envelope:
            return self._written(envelope)
        if not self._own_envelope:
            self._own_envelope = self._written(envelope)
        return self._own_envelope

    def _written(self, envelope: Mapping[str, Any]) -> bytes:
        body = io.BytesIO()
        fastavro.schemaless_writer(body, self._types.envelope, envelope)
        return body.getvalue()


class _Types(NamedTuple):
    """Parts of a schema as fastavro takes them: the envelope, and each block when it is open."""

    envelope: Any
    blocks: dict[str, Any]


@cache
def _types(schema: LockedSchema) -> _Types:
    fields = schema.json["fields"]
    envelope = {"type": "record", "name": "envelope", "fields": fields[: len(ENVELOPE)]}
    blocks = {field["name"]: field["type"][1] for field in fields[len(ENVELOPE) :]}
    return _Types(
        fastavro.parse_schema(envelope),
        {name: fastavro.parse_schema(block) for name, block in blocks.items()},
    )
