"""A tray's records as rows of texts: a column for each field that the agreement can open."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from consumers.record_fields import record_fields
from schemas.categories import BLOCKS, Category
from schemas.events import EVENT_TYPES
from schemas.registry import latest_schema
from schemas.trays import TrayRecord

_KEY: Final = ("participant", "event_id", "type", "closed")
_ENVELOPE: Final = ("provider_id", "occurred_at", "referral_ref")


def columns_of(categories: Collection[Category]) -> tuple[str, ...]:
    """Return the headings for an agreement: they depend on its categories, and on no data.

    Participation is the gate of every record, so its columns are always there.
    """
    named = [
        category
        for category in BLOCKS
        if category in categories or category is Category.PARTICIPATION
    ]
    fields = (f"{category}.{name}" for category in named for name in _fields_of(category))
    return (*_KEY, *_ENVELOPE, *fields)


def rows_of(records: Iterable[TrayRecord], columns: Sequence[str]) -> Iterator[list[str]]:
    """Yield the row of each record. Raises MalformedError as `record_fields` does."""
    for record in records:
        fields = record_fields(record)
        value = fields["value"] or {}
        fields["participant"] = value.get("participant_id", fields["participant"])
        yield [_cell(_found(value, name) if name not in _KEY else fields[name]) for name in columns]


def _fields_of(category: Category) -> list[str]:
    """Return the names of a block's fields, in any event."""
    blocks = (
        field["type"][1]
        for event in EVENT_TYPES
        for field in latest_schema(event).json["fields"]
        if field["name"] == category
    )
    return list(dict.fromkeys(field["name"] for block in blocks for field in block["fields"]))


def _found(value: dict[str, Any], name: str) -> Any:
    block, _, field = name.partition(".")
    found = value.get(block)
    return found.get(field) if field and isinstance(found, dict) else found


def _cell(value: Any) -> str:
    text = value
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case float() if value.is_integer():
            text = int(value)
        case datetime():
            text = value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case list() if any(isinstance(item, dict) for item in value):
            text = json.dumps(value, ensure_ascii=False)
        case list():
            text = "; ".join(map(_cell, value))
    return str(text)
