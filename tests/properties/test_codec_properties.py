import contextlib
import io
from datetime import date
from typing import Any

import fastavro
from hypothesis import given
from hypothesis import strategies as st

from schemas.categories import BLOCKS
from schemas.codec import decode, encode, encode_fields, read_days, to_event, walk
from schemas.errors import MalformedError
from schemas.events import Event
from schemas.framing import HEADER_BYTES, frame
from schemas.registry import locked_schemas, schema_by_id
from tests.support.event_strategies import events, values

FIELD_TYPES = {
    schema.id: [fastavro.parse_schema(field["type"]) for field in schema.json["fields"]]
    for schema in locked_schemas().values()
}


def plain(value: Any) -> Any:
    """Return a model's dump as Avro gives it back: lists for tuples, words for enums."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list | tuple) else value


@given(events())
def test_an_event_is_what_it_was_before_it_was_bytes(event: Event) -> None:
    """decode(encode(e)) == e, as fields and as the model."""
    value = encode(event)

    assert decode(value) == plain(event.model_dump())
    assert to_event(value) == event


@given(events())
def test_the_walk_reads_what_decoding_reads(event: Event) -> None:
    """Envelope and service from the bytes are those of the event."""
    walked = walk(encode(event))

    envelope = event.event_id, event.participant_id, event.provider_id, event.revision
    assert envelope == (
        walked.event_id,
        walked.participant_id,
        walked.provider_id,
        walked.revision,
    )
    assert walked.service_id == event.participation.service_id
    fields = decode(walked.value)
    assert walked.occurred_at_ms == round(fields["occurred_at"].timestamp() * 1000)


@given(events())
def test_the_days_that_are_read_are_those_that_decoding_reads(event: Event) -> None:
    """Of every block, and nothing else of it."""
    walked = walk(encode(event))
    decoded = {name: block for name, block in decode(walked.value).items() if name in BLOCKS}

    assert read_days(walked, decoded) == {
        name: {
            field: (value - date(1970, 1, 1)).days
            for field, value in (block or {}).items()
            if type(value) is date
        }
        for name, block in decoded.items()
    }


@given(values())
def test_every_slice_between_the_offsets_decodes_alone(value: bytes) -> None:
    """So a block that is copied is the block, whole, and nothing of its neighbours."""
    schema = schema_by_id(value[4])
    offsets = schema.walk(value, HEADER_BYTES)
    whole = decode(value)

    for place, (name, kind) in enumerate(zip(whole, FIELD_TYPES[schema.id], strict=True)):
        cut = io.BytesIO(value[offsets[place] : offsets[place + 1]])
        assert fastavro.schemaless_reader(cut, kind, kind) == whole[name]
        assert cut.read() == b""


def assert_refused_or_the_one_encoding(value: bytes) -> None:
    """Assert that the walk takes no bytes but those that their own fields encode to."""
    try:
        schema = schema_by_id(value[4])
        schema.walk(value, HEADER_BYTES)
    except MalformedError:
        return
    assert encode_fields(schema, decode(value)) == value


@given(values(), st.integers(1, 255))
def test_a_byte_changed_anywhere_is_refused_or_gives_the_one_encoding_of_another_event(
    value: bytes, change: int
) -> None:
    """What the walk accepts, decoding and encoding gives back byte for byte."""
    for at in range(HEADER_BYTES, len(value)):
        changed = value[:at] + bytes([value[at] ^ change]) + value[at + 1 :]
        assert_refused_or_the_one_encoding(changed)


@given(values())
def test_a_number_padded_anywhere_is_refused_or_gives_the_one_encoding_of_another_event(
    value: bytes,
) -> None:
    """The same number in one byte more: in the middle of a text it may be a character."""
    for at in range(HEADER_BYTES, len(value)):
        padded = value[:at] + bytes([value[at] | 0x80, 0]) + value[at + 1 :]
        assert_refused_or_the_one_encoding(padded)


@given(values(), st.integers(0, 400), st.integers(0, 40), st.binary(max_size=12))
def test_bytes_put_in_or_taken_out_are_refused_or_the_one_encoding_of_another_event(
    value: bytes, at: int, taken_out: int, put_in: bytes
) -> None:
    """Also where lengths no longer fit what follows."""
    begin = HEADER_BYTES + at % (len(value) - HEADER_BYTES)

    assert_refused_or_the_one_encoding(value[:begin] + put_in + value[begin + taken_out :])


@given(values(), values(), st.integers(0, 25), st.integers(0, 25))
def test_two_events_spliced_at_any_field_are_refused_or_the_one_encoding_of_a_third(
    one: bytes, other: bytes, left: int, right: int
) -> None:
    """The splice is where a forger would cut."""
    cuts = [schema_by_id(value[4]).walk(value, HEADER_BYTES) for value in (one, other)]
    begin, end = (cut[at % len(cut)] for cut, at in zip(cuts, (left, right), strict=True))

    assert_refused_or_the_one_encoding(one[:begin] + other[end:])


@given(st.sampled_from(sorted(locked_schemas())), st.binary(max_size=300))
def test_random_bytes_are_refused_or_the_one_encoding_of_an_event(
    schema_id: int, body: bytes
) -> None:
    """Nothing but MalformedError ever comes out of bytes from outside."""
    value = frame(schema_id, body)
    if body:
        assert_refused_or_the_one_encoding(value)
    for read in (walk, decode):
        with contextlib.suppress(MalformedError):
            read(value)
