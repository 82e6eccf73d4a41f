"""Events in an Avro object container file, as any library writes it."""

import io
from typing import Any

import fastavro

from schemas.codec import decode, encode
from schemas.events import Event, event_type
from schemas.registry import latest_schema


def container(*events: Event, schema: Any = None, codec: str = "null") -> bytes:
    """Return the file of events of one type, in the newest version of their schema."""
    body = io.BytesIO()
    written = schema or latest_schema(event_type(events[0])).parsed
    fastavro.writer(body, written, [decode(encode(event)) for event in events], codec=codec)
    return body.getvalue()
