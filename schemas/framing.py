"""Confluent framing: byte 0, the schema id as a big-endian int32, then the Avro body.

Layout: Confluent wire format, prefix version 0.
"""

import struct
from typing import Final

from schemas.errors import MalformedError

MAGIC: Final = 0
HEADER_BYTES: Final = 5
MAX_VALUE_BYTES: Final = 256 * 1024
"""A value longer than this is refused before anything is read from it."""

_HEADER: Final = struct.Struct(">BI")


def frame(schema_id: int, body: bytes) -> bytes:
    """Return the body behind its header."""
    return _HEADER.pack(MAGIC, schema_id) + body


def schema_id_of(value: bytes) -> int:
    """Return the schema id in a framed value. Raises MalformedError for a wrong length or frame."""
    if len(value) > MAX_VALUE_BYTES:
        raise MalformedError(
            f"The value has {len(value):,} bytes; {MAX_VALUE_BYTES:,} is the most.",
            "Leave long texts out, or split them over several events.",
        )
    if len(value) <= HEADER_BYTES or value[0] != MAGIC:
        raise MalformedError(
            "The value is not in Confluent framing.",
            "It starts with a zero byte and the schema id as four bytes, big-endian.",
        )
    schema_id: int = _HEADER.unpack_from(value)[1]
    return schema_id
