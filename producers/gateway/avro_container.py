"""A batch in Avro: an object container file whose records are events of one type.

Its writer's schema must be one of ours, to the letter of its canonical form: of any other, a few
bytes could be made to become a list of millions. It is not compressed, for the same reason.
"""

import io
import json
from datetime import date
from functools import cache
from typing import Any, Final

import fastavro
from fastavro.schema import SchemaParseException, to_parsing_canonical_form

from producers.gateway.batch import Entry
from schemas.errors import MalformedError
from schemas.registry import locked_schemas

_MAGIC: Final = b"Obj\x01"
_BROKEN: Final = (
    *(ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError, RecursionError),
    *(SchemaParseException, StopIteration),
)


class ContainerError(MalformedError):
    """A body that is no container of events."""


def entries_in_container(body: bytes) -> list[Entry]:
    """Return the events of a container file as entries, counted from 1. Raises ContainerError."""
    if not body.startswith(_MAGIC):
        raise ContainerError("The body is no Avro object container file.")
    try:
        container: Any = fastavro.reader(io.BytesIO(body))
        event = _events().get(to_parsing_canonical_form(container.writer_schema))
        codec = container.codec
    except _BROKEN:
        raise ContainerError("The Avro container's header cannot be read.") from None
    if event is None:
        raise ContainerError(
            "The Avro container's schema is none of the bus's.",
            "Take it from /subjects, in any of its versions, and change nothing of it.",
        )
    if codec != "null":
        raise ContainerError("The Avro container is compressed.", "Write it with codec null.")
    try:
        records = list(container)
    except _BROKEN:
        raise ContainerError("The Avro container's records cannot be read.") from None
    return [
        Entry(place, {"type": event, **json.loads(json.dumps(record, default=_as_text))})
        for place, record in enumerate(records, start=1)
    ]


@cache
def _events() -> dict[str, str]:
    """Return the events by the canonical form of each version of their schemas."""
    return {
        to_parsing_canonical_form(schema.parsed): schema.event
        for schema in locked_schemas().values()
    }


def _as_text(moment: date) -> str:
    """Return a day or a time, which JSON has not and the contract's values else are."""
    return moment.isoformat()
