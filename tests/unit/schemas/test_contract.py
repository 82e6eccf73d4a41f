import copy
from collections.abc import Callable
from typing import Any

import pytest

from schemas.contract import check_contract
from schemas.errors import SchemaError
from schemas.registry import latest_schema

Json = dict[str, Any]


def schema() -> Json:
    """Return a referral's schema, to be broken."""
    return copy.deepcopy(dict(latest_schema("referral").json))


def field(one: Json, name: str) -> Json:
    """Return a top-level field."""
    found: Json = next(field for field in one["fields"] if field["name"] == name)
    return found


def block(one: Json, name: str) -> Json:
    """Return the record of a block."""
    found: Json = field(one, name)["type"][1]
    return found


def record(name: str, *fields: Json) -> Json:
    """Return a record type."""
    return {"type": "record", "name": name, "fields": list(fields)}


def of(kind: Any, name: str = "extra") -> Json:
    """Return a field of a type."""
    return {"name": name, "doc": "Something", "type": kind}


def deep(levels: int) -> Json:
    """Return a field with records in records."""
    kind: Any = "string"
    for level in range(levels):
        kind = record(f"Level{level}", of(kind))
    return of(kind)


def add(block_name: str, extra: Json) -> Callable[[Json], None]:
    """Return a change that adds a field to a block."""
    return lambda one: block(one, block_name)["fields"].append(extra)


def set_in(name: str, **changes: Any) -> Callable[[Json], None]:
    """Return a change of a top-level field."""
    return lambda one: field(one, name).update(changes)


def swap_blocks(one: Json) -> None:
    """Put two blocks in another order."""
    one["fields"][-1], one["fields"][-2] = one["fields"][-2], one["fields"][-1]


def service_second(one: Json) -> None:
    """Put the programme before the service."""
    block(one, "participation")["fields"].reverse()


BROKEN: dict[str, tuple[Callable[[Json], Any], str]] = {
    "a field between envelope and blocks": (
        lambda one: one["fields"].insert(8, of(["null", "string"], "nickname")),
        "nickname",
    ),
    "a field behind the blocks": (
        lambda one: one["fields"].append(of(["null", "string"], "nickname")),
        "nickname",
    ),
    "a block that is missing": (
        lambda one: one["fields"].remove(field(one, "health")),
        "one block for each",
    ),
    "blocks in another order": (swap_blocks, "order"),
    "a block that cannot be null": (
        lambda one: set_in("health", type=block(one, "health"))(one),
        "must be nullable",
    ),
    "a block whose null stands last": (
        lambda one: field(one, "health")["type"].reverse(),
        "must be nullable",
    ),
    "a block with a second record beside the first": (
        lambda one: field(one, "health")["type"].append(record("Other", of("string"))),
        "must be nullable",
    ),
    "a block without a default": (
        lambda one: field(one, "health").pop("default"),
        "must be nullable",
    ),
    "a block that is no record": (set_in("health", type=["null", "string"]), "must be a record"),
    "a block without fields": (
        lambda one: block(one, "health").update(fields=[]),
        "must be a record",
    ),
    "a block without its category": (lambda one: block(one, "health").pop("category"), "category"),
    "a block of another category": (
        lambda one: block(one, "health").update(category="area"),
        "category",
    ),
    "a block without its tag": (
        lambda one: block(one, "health").pop("confluent:tags"),
        "category",
    ),
    "a service that is not read first": (service_second, "begin with service_id"),
    "a service that may be null": (
        lambda one: block(one, "participation")["fields"][0].update(type=["null", "string"]),
        "begin with service_id",
    ),
    "a type that holds itself": (
        add("needs", of(["null", record("Goal", of(["null", "Goal"]))])),
        "holds itself",
    ),
    "types that hold each other": (
        add("needs", of(record("A", of(record("B", of({"type": "array", "items": "A"})))))),
        "holds itself",
    ),
    "a block that holds itself": (add("needs", of(["null", "Needs"])), "holds itself"),
    "an array of nulls": (add("needs", of({"type": "array", "items": "null"})), "no width"),
    "an array of typed nulls": (
        add("needs", of({"type": "array", "items": {"type": "null"}})),
        "no width",
    ),
    "an array of records without fields": (
        add("needs", of({"type": "array", "items": record("Empty")})),
        "no width",
    ),
    "an array of records that hold nothing": (
        add("needs", of({"type": "array", "items": record("Hull", of(record("Empty")))})),
        "no width",
    ),
    "a record without fields that an array may name": (
        add("needs", of(["null", record("Empty")])),
        "no width",
    ),
    "types too deep": (add("needs", deep(15)), "deeper than 16"),
    "a field without a doc": (add("needs", {"name": "extra", "type": "string"}), "has no doc"),
    "an inner field without a doc": (
        add("needs", of(record("Goal", {"name": "inner", "type": "string"}))),
        "needs.extra.inner has no doc",
    ),
    "more than 500 fields": (
        lambda one: block(one, "needs")["fields"].extend(
            of("string", f"extra_{number}") for number in range(500)
        ),
        "500 is the most",
    ),
}


def test_a_schema_of_the_bus_keeps_the_contract() -> None:
    """The one that all the others here are broken from is whole."""
    check_contract(schema())


@pytest.mark.parametrize("case", BROKEN)
def test_a_schema_is_refused_for(case: str) -> None:
    """Each rule has a schema that breaks it, and says so in its own words."""
    change, said = BROKEN[case]
    broken = schema()
    change(broken)

    with pytest.raises(SchemaError, match=said):
        check_contract(broken)


def test_a_nullable_field_more_in_a_block_keeps_the_contract() -> None:
    """That is how a category grows."""
    grown = schema()
    add("needs", of(["null", "string"]))(grown)
    add("needs", deep(5) | {"name": "extra_deep"})(grown)

    check_contract(grown)
