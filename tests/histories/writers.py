"""Writers of two versions of the schemas: the locked one, and a next one for the simulation alone.

The next version has a field more in two of its blocks, one of which a tray delivers coarser.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from schemas.codec import encode_fields
from schemas.contract import check_contract
from schemas.events import Event, event_type
from schemas.registry import LockedSchema, locked_schemas

WIDENED = ("identity", "money")
_FIRST_ID = 1_000
_FIELD = {"name": "added", "doc": "Added", "type": ["null", "string"], "default": None}


@cache
def with_next_versions() -> Mapping[int, LockedSchema]:
    """Return the locked schemas and, of each event, the next version."""
    locked = dict(locked_schemas())
    return locked | {one.id: one for one in map(_next, locked.values())}


def _next(locked: LockedSchema) -> LockedSchema:
    schema: dict[str, Any] = json.loads(locked.text)
    for field in schema["fields"]:
        if field["name"] in WIDENED:
            field["type"][1]["fields"].append(_FIELD)
    check_contract(schema)
    return LockedSchema(_FIRST_ID + locked.id, locked.event, locked.version + 1, json.dumps(schema))


def write(event: Event, version: int) -> bytes:
    """Return an event's framed value, as a writer of that version of the schemas writes it."""
    fields = event.model_dump()
    if version > 1:
        for block in WIDENED:
            if fields[block] is not None:
                fields[block]["added"] = f"added to {block}"
    found = next(
        one
        for one in with_next_versions().values()
        if (one.event, one.version) == (event_type(event), version)
    )
    return encode_fields(found, fields)
