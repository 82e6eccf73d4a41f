import pytest

from schemas.errors import MalformedError
from schemas.framing import MAX_VALUE_BYTES, frame, schema_id_of


@pytest.mark.parametrize("schema_id", [0, 1, 258, 2**31 - 1])
def test_a_frame_gives_its_schema_id_back(schema_id: int) -> None:
    """The body stands behind a zero byte and the id as four bytes, big-endian."""
    framed = frame(schema_id, b"body")

    assert framed == b"\x00" + schema_id.to_bytes(4, "big") + b"body"
    assert schema_id_of(framed) == schema_id


@pytest.mark.parametrize(
    "value",
    [b"", b"\x00", b"\x00\x00\x00\x00\x01", b"\x01\x00\x00\x00\x01body", b"{}", b'{"event_id": 1}'],
)
def test_what_is_not_framed_is_refused(value: bytes) -> None:
    """Nothing, a header without a body, another magic byte, and JSON are no values."""
    with pytest.raises(MalformedError, match="Confluent framing"):
        schema_id_of(value)


def test_the_largest_value_is_taken_and_one_byte_more_is_refused() -> None:
    """The limit is told by the length alone, before anything is read."""
    largest = frame(1, bytes(MAX_VALUE_BYTES - 5))

    assert schema_id_of(largest) == 1
    with pytest.raises(MalformedError, match="262,145 bytes"):
        schema_id_of(largest + b"\x00")
