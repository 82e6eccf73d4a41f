"""The rules every event schema keeps, so that redaction is the same operation for all of them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from schemas.categories import BLOCKS
from schemas.errors import SchemaError

ENVELOPE: Final = (
    "event_id",
    "participant_id",
    "provider_id",
    "revision",
    "occurred_at",
    "recorded_at",
    "source",
    "referral_ref",
)
"""The envelope's fields, in order. Everything behind them is a block."""

FIELDS: Final = (*ENVELOPE, *(category.value for category in BLOCKS))
"""All top-level fields of every event, in order."""

_DEPTH_MAX: Final = 16
_FIELDS_MAX: Final = 500


def check_contract(schema: Mapping[str, Any]) -> None:
    """Check one event schema: envelope, then a nullable record for each category, in order.

    Raises:
        SchemaError: a field is outside envelope and blocks, a block lacks its category, the
            service does not come first, a type is recursive or too deep, an array holds items of
            no width, or a `doc` is missing.

    """
    names = tuple(field["name"] for field in schema["fields"])
    if names != FIELDS:
        stray = [name for name in names if name not in FIELDS] or "none"
        raise SchemaError(
            f"{schema['name']} is not an envelope followed by one block for each category.",
            f"Fields that belong to neither: {stray}. The order is: {', '.join(FIELDS)}.",
        )
    for field in schema["fields"][len(ENVELOPE) :]:
        _check_block(schema["name"], field)
    participation = schema["fields"][len(ENVELOPE)]["type"][1]
    first = participation["fields"][0]
    if (first["name"], first["type"]) != ("service_id", "string"):
        raise SchemaError(
            f"{schema['name']}.participation does not begin with service_id.",
            "The filter reads the service from the bytes, where the block begins.",
        )
    fields = list(_fields(schema, (schema["name"],)))
    for path, field in fields:
        if not field.get("doc"):
            raise SchemaError(f"The field {'.'.join(path)} has no doc.")
    if len(fields) > _FIELDS_MAX:
        raise SchemaError(f"{schema['name']} has {len(fields)} fields; {_FIELDS_MAX} is the most.")


def _check_block(event: str, field: Mapping[str, Any]) -> None:
    name, kind = field["name"], field["type"]
    is_nullable = isinstance(kind, list) and len(kind) == 2 and kind[0] == "null"  # noqa: PLR2004 - null and one type
    if not (is_nullable and field.get("default", "") is None):
        raise SchemaError(f"{event}.{name} must be nullable, with null as its default.")
    if not isinstance(kind[1], dict) or kind[1].get("type") != "record" or _is_empty(kind[1]):
        raise SchemaError(f"{event}.{name} must be a record with fields.")
    if kind[1].get("category") != name or not kind[1].get("confluent:tags"):
        raise SchemaError(
            f"{event}.{name} does not name its data category.",
            f'Write "category": "{name}" and "confluent:tags" inside the record.',
        )


def _fields(
    schema: Any, path: tuple[str, ...], open_names: frozenset[str] = frozenset()
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield each field at any depth with its path, checking the types on the way."""
    if len(path) > _DEPTH_MAX:
        raise SchemaError(f"{path[0]} is deeper than {_DEPTH_MAX} levels.")
    if isinstance(schema, list):
        for branch in schema:
            yield from _fields(branch, path, open_names)
    elif isinstance(schema, str):
        if schema in open_names:
            raise SchemaError(f"The type {schema} at {'.'.join(path)} holds itself.")
    elif schema["type"] == "array":
        _check_width(schema["items"], path)
        yield from _fields(schema["items"], path, open_names)
    elif schema["type"] == "record":
        _check_width(schema, path)  # outside an array too: one may name the record later
        for field in schema["fields"]:
            below = (*path, field["name"])
            yield below, field
            yield from _fields(field["type"], below, open_names | {schema["name"]})


def _check_width(kind: Any, path: tuple[str, ...]) -> None:
    if _is_empty(kind):
        raise SchemaError(
            f"The type at {'.'.join(path)} has no width.",
            "In an array, a few bytes of it would become a list of millions.",
        )


def _is_empty(kind: Any) -> bool:
    if isinstance(kind, dict) and kind["type"] == "record":
        return all(_is_empty(field["type"]) for field in kind["fields"])
    return bool((kind["type"] if isinstance(kind, dict) else kind) == "null")
