import math
import struct
import time
from collections.abc import Callable
from typing import Any

import pytest

from schemas.codec import encode
from schemas.errors import MalformedError, SchemaError
from schemas.events import Event
from schemas.framing import HEADER_BYTES, MAX_VALUE_BYTES
from schemas.registry import locked_schemas, schema_by_id
from schemas.walk import compile_walk
from tests.support.factories import make_enrolment, make_outcome, make_referral

DATE = {"type": "int", "logicalType": "date"}
MOMENT = {"type": "long", "logicalType": "timestamp-millis"}
STAGE = {"type": "enum", "name": "Stage", "symbols": ["unspecified", "begun", "ended"]}
TEXTS = {"type": "array", "items": "string"}
EVENTS: dict[str, Callable[[], Event]] = {
    "referral": make_referral,
    "enrolment": make_enrolment,
    "outcome": make_outcome,
}
each_event = pytest.mark.parametrize("event", EVENTS)


def end_of(kind: Any, data: bytes) -> int:
    """Walk the bytes of a record with one field of this type and return where it ends."""
    walk = compile_walk({"fields": [{"name": "only", "type": kind}]})
    return walk(data, 0)[-1]


def number(value: int) -> bytes:
    """Return a number as Avro writes it: zig-zag, seven bits a byte."""
    rest = value * 2 if value >= 0 else -value * 2 - 1
    out = []
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*out, rest])


@each_event
def test_an_event_is_walked_to_its_end(event: str) -> None:
    """The offsets begin behind the framing, rise with each field, and end with the bytes."""
    value = encode(EVENTS[event]())
    schema = schema_by_id(value[4])

    offsets = schema.walk(value, HEADER_BYTES)

    assert offsets[0] == HEADER_BYTES
    assert offsets[-1] == len(value)
    assert offsets == sorted(set(offsets))
    assert len(offsets) == len(schema.json["fields"]) + 1


@each_event
def test_a_value_cut_short_anywhere_is_refused(event: str) -> None:
    """Whatever byte the value stops at, it is no event."""
    value = encode(EVENTS[event]())
    walk = schema_by_id(value[4]).walk

    for end in range(HEADER_BYTES, len(value)):
        with pytest.raises(MalformedError):
            walk(value[:end], HEADER_BYTES)


@each_event
@pytest.mark.parametrize("surplus", [b"\x00", b"\x02", b"left over"])
def test_bytes_left_over_are_refused(event: str, surplus: bytes) -> None:
    """What stands behind an event could carry anything past the filter."""
    value = encode(EVENTS[event]())

    with pytest.raises(MalformedError, match="too late"):
        schema_by_id(value[4]).walk(value + surplus, HEADER_BYTES)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("int", number(2**31 - 1)),
        ("int", number(-(2**31))),
        ("long", number(2**63 - 1)),
        ("long", number(-(2**63))),
        (DATE, number(-719_162)),
        (DATE, number(2_932_896)),
        (MOMENT, number(-62_135_596_800_000)),
        (MOMENT, number(253_402_300_799_999)),
        ("boolean", b"\x00"),
        ("boolean", b"\x01"),
        ("double", struct.pack("<d", -0.0)),
        ("double", struct.pack("<d", 5e-324)),
        ("string", b"\x00"),
        ("string", number(4) + "éab".encode()),
        (STAGE, number(2)),
        (["null", "string"], b"\x00"),
        (["null", "string"], b"\x02\x02a"),
        (TEXTS, b"\x00"),
        (TEXTS, number(2) + b"\x02a\x02b" + b"\x00"),
    ],
)
def test_the_one_encoding_of_a_value_is_taken(kind: Any, data: bytes) -> None:
    """The least and the greatest of each type are within its bounds."""
    assert end_of(kind, data) == len(data)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        pytest.param("int", number(2**31), id="int too large"),
        pytest.param("int", number(-(2**31) - 1), id="int too small"),
        pytest.param("long", b"\xff" * 9 + b"\x03", id="long of 65 bits"),
        pytest.param("long", b"\xff" * 10 + b"\x01", id="long of 11 bytes"),
        pytest.param("long", b"\x80" * 300 + b"\x01", id="long that never ends"),
        pytest.param("int", b"\x80\x00", id="zero padded to two bytes"),
        pytest.param("int", b"\x82\x00", id="one padded to two bytes"),
        pytest.param("int", b"\x82\x80\x00", id="one padded to three bytes"),
        pytest.param("string", b"\x82\x00a", id="padded length"),
        pytest.param("string", number(-1), id="negative length"),
        pytest.param("string", number(-(2**40)) + b"abc", id="hugely negative length"),
        pytest.param("string", number(2**62) + b"abc", id="huge length"),
        pytest.param("string", number(4) + b"abc", id="length one too large"),
        pytest.param("string", number(1) + b"\xff", id="byte that is not UTF-8"),
        pytest.param("string", number(2) + b"\xc0\x80", id="overlong UTF-8"),
        pytest.param("string", number(3) + b"\xed\xa0\x80", id="half a surrogate pair"),
        pytest.param("string", number(1) + b"\xc3", id="text cut within a character"),
        pytest.param(DATE, number(-719_163), id="day before year 1"),
        pytest.param(DATE, number(2_932_897), id="day after year 9999"),
        pytest.param(MOMENT, number(-62_135_596_800_001), id="moment before year 1"),
        pytest.param(MOMENT, number(253_402_300_800_000), id="moment after year 9999"),
        pytest.param("boolean", b"\x02", id="boolean 2"),
        pytest.param("boolean", b"\xff", id="boolean 255"),
        pytest.param("double", struct.pack("<d", math.nan), id="no number"),
        pytest.param("double", struct.pack("<d", math.inf), id="infinite"),
        pytest.param("double", struct.pack("<d", -math.inf), id="negatively infinite"),
        pytest.param("double", b"\x00" * 7, id="double cut short"),
        pytest.param(STAGE, number(3), id="enum index one too large"),
        pytest.param(STAGE, number(-1), id="negative enum index"),
        pytest.param(["null", "string"], b"\x01\x02a", id="union index -1"),
        pytest.param(["null", "string"], b"\x03\x02a", id="union index -2"),
        pytest.param(["null", "string"], b"\x04\x02a", id="union index 2"),
        pytest.param(["null", "string"], b"\x82\x00\x02a", id="padded union index"),
        pytest.param(TEXTS, number(1) + b"\x02a" + number(1) + b"\x02b\x00", id="array in pieces"),
        pytest.param(TEXTS, number(-1) + number(2) + b"\x02a\x00", id="array with a byte count"),
        pytest.param(TEXTS, number(10_001) + b"\x00" * 10_002, id="array of 10,001"),
        pytest.param(TEXTS, number(2**62), id="huge array"),
        pytest.param(TEXTS, number(2) + b"\x02a", id="array cut short"),
        pytest.param(TEXTS, number(1) + b"\x02a", id="array without its end"),
        pytest.param(TEXTS, number(1) + b"\x02a" + b"\x02", id="array with another end"),
        pytest.param(TEXTS, b"\x80\x00", id="padded end of an array"),
    ],
)
def test_every_other_encoding_is_refused(kind: Any, data: bytes) -> None:
    """A second way to write a value would make a copied slice differ from its decoded self."""
    with pytest.raises(MalformedError):
        end_of(kind, data)


def test_a_length_never_leads_back() -> None:
    """A text of -2 bytes would begin the next one within the framing, and end where it should."""
    walk = compile_walk({"fields": [{"name": name, "type": "string"} for name in "ab"]})

    with pytest.raises(MalformedError):
        walk(b"\x00\x00\x00\x00\x02" + number(-2), HEADER_BYTES)


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("null", id="no width"),
        pytest.param("bytes", id="bytes"),
        pytest.param("float", id="float"),
        pytest.param({"type": "map", "values": "string"}, id="map"),
        pytest.param({"type": "fixed", "name": "F", "size": 0}, id="fixed"),
        pytest.param(["string", "null"], id="null last"),
        pytest.param(["null", "string", "int"], id="two types"),
        pytest.param(
            {
                "type": "record",
                "name": "Nested",
                "fields": [{"name": "inner", "type": ["null", "Nested"]}],
            },
            id="recursion",
        ),
    ],
)
def test_a_type_that_the_walk_cannot_hold_to_one_encoding_is_no_part_of_a_schema(kind: Any) -> None:
    """It fails when the schema is compiled, before any bytes are read."""
    with pytest.raises(SchemaError):
        compile_walk({"fields": [{"name": "only", "type": kind}]})


@pytest.mark.parametrize("filling", [b"\x00", b"\x02", b"\x01", b"\x7f", b"\x80", b"\xfe", b"\xff"])
def test_hostile_bytes_are_refused_quickly(filling: bytes) -> None:
    """The largest value there may be, made of one byte, costs less than a quarter of a second."""
    started = time.perf_counter()
    for schema in locked_schemas().values():
        with pytest.raises(MalformedError):
            schema.walk(filling * MAX_VALUE_BYTES, HEADER_BYTES)

    assert time.perf_counter() - started < 0.75


def test_a_large_event_is_walked_in_time_that_grows_with_its_bytes() -> None:
    """The dearest value a provider can make: arrays of the shortest texts, as many as fit."""
    texts = number(10_000) + b"\x00" * 10_001
    kinds = {"fields": [{"name": f"f{one}", "type": TEXTS} for one in range(25)]}
    walk = compile_walk(kinds)
    started = time.perf_counter()

    walk(texts * 25, 0)

    assert time.perf_counter() - started < 2
