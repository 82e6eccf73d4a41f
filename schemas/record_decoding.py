"""The records of one batch, taken out of its bytes: Kafka's message format, version 2.

https://kafka.apache.org/documentation/#recordbatch
"""

from typing import Final, NamedTuple

from schemas.errors import MalformedError
from schemas.identifiers import TopicName
from schemas.trays import TrayRecord

_SHIFT_MAX: Final = 63
"""A number has 64 bits."""


class BatchHead(NamedTuple):
    """What a batch says of all its records. `timestamp_ms` is the first one's.

    With `is_one_time` it is every record's: the time at which the broker has taken them.
    """

    topic: TopicName
    partition: int
    offset: int
    timestamp_ms: int
    is_one_time: bool
    records: int


def records_of(head: BatchHead, body: bytes, *, with_headers: bool = True) -> list[TrayRecord]:
    """Return the records of a batch, whose bytes behind its head are these, uncompressed.

    A null key and a header's null are empty; without headers none is looked at. Raises
    MalformedError where the bytes are not records, too few or too many.
    """
    records: list[TrayRecord] = []
    at = 0
    try:
        for _ in range(head.records):
            length, at = _number(body, at)
            end = at + length
            records.append(_record(head, body, at, end, with_headers=with_headers))
            at = end
    except (IndexError, UnicodeDecodeError):
        raise _malformed() from None
    if at != len(body):
        raise _malformed()
    return records


def _record(head: BatchHead, body: bytes, at: int, end: int, *, with_headers: bool) -> TrayRecord:
    """Return the record between two places."""
    later, at = _number(body, at + 1)  # behind its attributes, of which none is used
    offset, at = _number(body, at)
    key, at = _bytes(body, at)
    value, at = _bytes(body, at)
    headers: tuple[tuple[str, bytes], ...] = ()
    if with_headers:
        headers, at = _headers(body, at)
    if at > end or (with_headers and at < end):
        raise _malformed()
    time = head.timestamp_ms if head.is_one_time else head.timestamp_ms + later
    return TrayRecord(
        head.topic, head.partition, head.offset + offset, key or b"", value, headers, time
    )


def _headers(body: bytes, at: int) -> tuple[tuple[tuple[str, bytes], ...], int]:
    count, at = _number(body, at)
    if count < 0:
        raise _malformed()
    headers: list[tuple[str, bytes]] = []
    for _ in range(count):
        name, at = _bytes(body, at)
        text, at = _bytes(body, at)
        if name is None:
            raise _malformed()
        headers.append((name.decode(), text or b""))
    return tuple(headers), at


def _bytes(body: bytes, at: int) -> tuple[bytes | None, int]:
    length, at = _number(body, at)
    if length < 0:
        return None, at
    end = at + length
    if end > len(body):
        raise _malformed()
    return body[at:end], end


def _number(body: bytes, at: int) -> tuple[int, int]:
    """Return a signed number, zig-zag, seven bits in each byte, the lowest first; also padded."""
    byte = body[at]
    at += 1
    number = byte & 0x7F
    shift = 7
    while byte & 0x80:
        if shift > _SHIFT_MAX:
            raise _malformed()
        byte = body[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
    return (number >> 1) ^ -(number & 1), at


def _malformed() -> MalformedError:
    return MalformedError("A batch of records is not as Kafka writes it.")
