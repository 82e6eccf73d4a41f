import copy
import io
import json
from collections.abc import Callable
from typing import Any

import fastavro
import pytest

from schemas.codec import decode, encode
from schemas.errors import SchemaError
from schemas.framing import HEADER_BYTES
from schemas.registry import LockedSchema, latest_schema, locked_schemas
from tests.support.factories import make_referral
from tests.support.schema_compatibility import check_compatibility

Json = dict[str, Any]


def next_version(change: Callable[[Json], Any], after: LockedSchema | None = None) -> LockedSchema:
    """Return a made-up next version of the referral."""
    before = after or latest_schema("referral")
    changed = copy.deepcopy(dict(before.json))
    change(changed)
    return LockedSchema(before.id + 50, before.event, before.version + 1, json.dumps(changed))


def block(one: Json, name: str) -> Json:
    """Return the record of a block."""
    found: Json = next(field for field in one["fields"] if field["name"] == name)["type"][1]
    return found


def field(one: Json, block_name: str, name: str) -> Json:
    """Return a field of a block."""
    found: Json = next(one for one in block(one, block_name)["fields"] if one["name"] == name)
    return found


def add_field(one: Json) -> None:
    """Add a nullable field to a block."""
    extra = {"name": "extra", "doc": "Something", "type": ["null", "string"], "default": None}
    block(one, "needs")["fields"].append(extra)


def remove_field(one: Json) -> None:
    """Take a field with a default out of a block."""
    block(one, "needs")["fields"].remove(field(one, "needs", "childcare"))


def add_symbol(one: Json) -> None:
    """Add a stage behind the others."""
    stage = field(one, "participation", "stage")["type"]
    stage["symbols"] = [*stage["symbols"], "postponed"]


REFUSED: dict[str, Callable[[Json], Any]] = {
    "a field without a default": lambda one: block(one, "needs")["fields"].append(
        {"name": "extra", "doc": "Something", "type": "string"}
    ),
    "a field without a default taken out": lambda one: block(one, "participation")["fields"].remove(
        field(one, "participation", "service_id")
    ),
    "another type": lambda one: field(one, "needs", "childcare").update(type=["null", "string"]),
    "a wider number": lambda one: field(one, "health", "has_condition").update(
        type=["null", "long"]
    ),
    "a field that may no longer be null": lambda one: field(one, "needs", "childcare").update(
        type="boolean"
    ),
    "a field under another name": lambda one: field(one, "participation", "stage").update(
        name="state"
    ),
}


def test_the_locked_versions_can_read_each_other() -> None:
    """What providers write today, every recipient's schema reads."""
    check_compatibility(locked_schemas().values())


@pytest.mark.parametrize("change", [add_field, remove_field, add_symbol])
def test_a_next_version_may(change: Callable[[Json], None]) -> None:
    """Nullable fields come and go, and a stage may be added: older readers fall back."""
    check_compatibility([*locked_schemas().values(), next_version(change)])


@pytest.mark.parametrize("case", REFUSED)
def test_a_next_version_may_not_have(case: str) -> None:
    """In one direction or the other, somebody could no longer read."""
    with pytest.raises(SchemaError, match="of referral cannot read version"):
        check_compatibility([latest_schema("referral"), next_version(REFUSED[case])])


def test_a_next_version_may_not_have_a_stage_more_where_readers_cannot_fall_back() -> None:
    """Without a default, an older reader has no word for it."""
    first = next_version(lambda one: field(one, "participation", "stage")["type"].pop("default"))

    with pytest.raises(SchemaError, match="cannot read version"):
        check_compatibility([first, next_version(add_symbol, first)])


def test_every_version_is_held_against_every_other_not_only_the_last() -> None:
    """A name given up in version 2 may not come back in version 3 with another type."""
    second = next_version(remove_field)
    third = next_version(
        lambda one: block(one, "needs")["fields"].append(
            {"name": "childcare", "doc": "Hours", "type": ["null", "int"], "default": None}
        ),
        second,
    )
    check_compatibility([second, third])

    with pytest.raises(SchemaError, match=r"Version [24] of referral"):
        check_compatibility([latest_schema("referral"), second, third])


def test_an_older_reader_falls_back_to_unspecified() -> None:
    """What the check promises of a new stage is what fastavro does."""
    newer = next_version(add_symbol)
    fields = decode(encode(make_referral()))
    fields["participation"]["stage"] = "postponed"
    body = io.BytesIO()
    fastavro.schemaless_writer(body, newer.parsed, fields)
    body.seek(0)

    read = fastavro.schemaless_reader(body, newer.parsed, latest_schema("referral").parsed)

    assert isinstance(read, dict)
    assert read["participation"]["stage"] == "unspecified"


def test_a_newer_reader_takes_the_default_for_a_field_that_was_not_there() -> None:
    """Values written before a block grew stay readable."""
    newer = next_version(add_field)
    older = latest_schema("referral")
    body = io.BytesIO(encode(make_referral())[HEADER_BYTES:])

    read = fastavro.schemaless_reader(body, older.parsed, newer.parsed)

    assert isinstance(read, dict)
    assert read["needs"]["extra"] is None
