"""Writers of every version of the schemas: each leaves out what its own does not have."""

from schemas.codec import encode_fields
from schemas.events import Event, event_type
from schemas.registry import locked_schemas


def write(event: Event, version: int) -> bytes:
    """Return an event's framed value, as a writer of that version of the schemas writes it."""
    found = next(
        schema
        for schema in locked_schemas().values()
        if (schema.event, schema.version) == (event_type(event), version)
    )
    return encode_fields(found, event.model_dump())
