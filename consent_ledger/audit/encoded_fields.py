"""An event's fields encoded anew, each once, whichever trays show it."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any, Final

import fastavro

from schemas.contract import ENVELOPE
from schemas.framing import frame
from schemas.registry import LockedSchema, schema_by_id

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND_BRANCH: Final = b"\x02"
_ENVELOPE: Final = "envelope"


class EncodedFields:
    """What a row of the journal holds. `envelope` is as every tray begins to show it.

    An Avro record is its fields one behind the other, and nothing between.
    """

    def __init__(self, fields: Mapping[str, Any], schema_id: int) -> None:
        self.schema = schema_by_id(schema_id)
        self.fields = dict(fields)
        self.header = frame(schema_id, b"")
        self.envelope = {name: fields[name] for name in ENVELOPE}
        self.envelope |= {"revision": 0, "recorded_at": _EPOCH}
        self._types = _types(self.schema)
        self._encoded: dict[str, bytes] = {}

    def encoded_envelope(self, envelope: Mapping[str, Any]) -> bytes:
        """Return an envelope in which some fields may be others than the event's own."""
        if envelope == self.envelope:
            return self._own_envelope
        return self._written(envelope)

    def encoded(self, block: str) -> bytes:
        """Return a block of the event, which is not null."""
        if block not in self._encoded:
            self._encoded[block] = self.encode(block, self.fields[block])
        return self._encoded[block]

    def encode(self, block: str, value: Mapping[str, Any] | None) -> bytes:
        """Return a block that holds something else than the event's own."""
        if value is None:
            return b"\0"
        body = io.BytesIO(_SECOND_BRANCH)
        body.seek(1)
        fastavro.schemaless_writer(body, self._types[block], dict(value))
        return body.getvalue()

    def schema_of(self, block: str) -> dict[str, Any]:
        """Return the Avro schema of a block that is open."""
        found: dict[str, Any] = self._types[block]
        return found

    @cached_property
    def _own_envelope(self) -> bytes:
        return self._written(self.envelope)

    def _written(self, envelope: Mapping[str, Any]) -> bytes:
        body = io.BytesIO()
        fastavro.schemaless_writer(body, self._types[_ENVELOPE], dict(envelope))
        return body.getvalue()


@cache
def _types(schema: LockedSchema) -> dict[str, Any]:
    """Return the types as fastavro takes them: of each block when it is open, of the envelope."""
    fields = schema.json["fields"]
    blocks = {field["name"]: field["type"][1] for field in fields[len(ENVELOPE) :]}
    envelope = {"type": "record", "name": _ENVELOPE, "fields": fields[: len(ENVELOPE)]}
    types = {**blocks, _ENVELOPE: envelope}
    return {name: fastavro.parse_schema(one) for name, one in types.items()}
