import inspect
import types
import typing
from datetime import date
from enum import Enum
from typing import Any

import pytest
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from schemas.blocks import Block
from schemas.categories import BLOCKS, CRIMINAL, SPECIAL, Category
from schemas.contract import FIELDS
from schemas.events import EVENT_TYPES, Event, Participation
from schemas.registry import latest_schema, locked_schemas
from tests.support.schema_compatibility import check_compatibility

Json = dict[str, Any]

PLAIN: dict[Any, str | Json] = {
    str: "string",
    int: "int",
    float: "double",
    bool: "boolean",
    date: {"type": "int", "logicalType": "date"},
    AwareDatetime: {"type": "long", "logicalType": "timestamp-millis"},
}


def avro_type(kind: Any) -> Any:
    """Return the Avro type that mirrors a field's annotation."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return avro_type(arguments[0])
    if origin in (typing.Union, types.UnionType):
        assert arguments[1:] == (type(None),)
        return ["null", avro_type(arguments[0])]
    if origin is tuple:
        assert arguments[1:] == (...,)
        return {"type": "array", "items": avro_type(arguments[0])}
    kind = getattr(kind, "__supertype__", kind)  # of a NewType
    if kind in PLAIN:
        return PLAIN[kind]
    if issubclass(kind, Enum):
        return {
            "type": "enum",
            "name": kind.__name__,
            "doc": inspect.getdoc(kind),
            "symbols": [one.value for one in kind],
            "default": "unspecified",
        }
    return avro_record(kind)


def avro_record(model: type[Block]) -> Json:
    """Return the Avro record that mirrors a model, with its category where it is a block."""
    record: Json = {"type": "record", "name": model.__name__, "doc": inspect.getdoc(model)}
    category = category_of(model)
    if category is not None:
        tag = "SPECIAL" if category in SPECIAL | CRIMINAL else "PERSONAL"
        record |= {"category": category.value, "confluent:tags": [tag]}
    record["fields"] = [avro_field(name, one) for name, one in model.model_fields.items()]
    return record


def category_of(model: type[Block]) -> Category | None:
    """Return the category of a block's model: it has the name of its field in the event."""
    if issubclass(model, Participation):
        return Category.PARTICIPATION
    names = {one.value.title(): one for one in BLOCKS}
    return names.get(model.__name__)


def avro_field(name: str, field: FieldInfo) -> Json:
    """Return the Avro field that mirrors a model's field: nullable and with null as default."""
    kind = avro_type(field.annotation)
    if name == Category.PARTICIPATION:  # a provider always fills it, a recipient may not see it
        kind = ["null", kind]
    mirrored: Json = {"name": name, "doc": field.description, "type": kind}
    if isinstance(kind, list):
        mirrored["default"] = None
    elif isinstance(kind, dict) and kind["type"] == "array":
        mirrored["default"] = []
    return mirrored


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_a_model_and_its_schema_are_the_same(name: str) -> None:
    """Fields, order, types, nullability, defaults, docs, symbols, categories and tags."""
    model = EVENT_TYPES[name]
    expected = avro_record(model) | {"namespace": "org.nowrongdoor"}
    actual = dict(latest_schema(name).json)

    for ours, theirs in zip(expected["fields"], actual["fields"], strict=True):
        assert ours == theirs
    assert expected == actual


@pytest.mark.parametrize("name", EVENT_TYPES)
def test_what_a_model_requires_and_what_may_be_left_out(name: str) -> None:
    """A block is optional, but for participation, and so is each field that may be null."""
    model = EVENT_TYPES[name]
    required = {one for one, field in model.model_fields.items() if field.is_required()}

    assert required == {
        "event_id",
        "participant_id",
        "provider_id",
        "occurred_at",
        "recorded_at",
        "participation",
    }
    assert tuple(model.model_fields) == FIELDS == tuple(Event.model_fields)


def test_the_events_share_their_blocks() -> None:
    """All but participation are the same in every event, to the letter."""
    shared = [
        {
            field["name"]: field
            for field in latest_schema(name).json["fields"]
            if field["name"] != Category.PARTICIPATION
        }
        for name in EVENT_TYPES
    ]

    assert shared[0] == shared[1] == shared[2]


def test_every_locked_version_keeps_the_contract_and_can_read_the_others() -> None:
    """The lock is checked as it is read; every walk compiles; FULL_TRANSITIVE holds."""
    schemas = locked_schemas()

    assert {schema.event for schema in schemas.values()} == set(EVENT_TYPES)
    assert all(callable(schema.walk) for schema in schemas.values())
    check_compatibility(schemas.values())


def test_versions_are_numbered_without_a_gap() -> None:
    """A version left out would be one that somebody withdrew."""
    for name in EVENT_TYPES:
        versions = sorted(one.version for one in locked_schemas().values() if one.event == name)

        assert versions == list(range(1, len(versions) + 1))
