"""Records as Kafka has them in a batch. Layout: Kafka protocol, "Record Batch", magic 2."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from consent_ledger.filter.records import Header, OutRecord
from schemas.walk import write_long

BATCH_BYTES: Final = 256 * 1024
_NONE: Final = b"\x01"
"""The length -1: there is no value."""


class EncodedBatch(NamedTuple):
    """The bytes of so many records, and the first and the latest of their times."""

    content: bytes
    records: int
    first_ms: int
    latest_ms: int


class EncodedHeaders(dict[Header, bytes]):
    """Headers as they are sent: the same few come with every record of a tray."""

    def __missing__(self, header: Header) -> bytes:
        name, value = header[0].encode(), header[1]
        self[header] = encoded = b"".join((_varint(len(name)), name, _varint(len(value)), value))
        return encoded


def encoded_batches(
    records: Sequence[OutRecord],
    now_ms: int,
    encoded: EncodedHeaders,
    check_size: Callable[[int], object],
) -> Iterator[EncodedBatch]:
    """Yield the batches of a partition's records, each as full as a batch may be.

    `check_size` is asked about the size of each batch's largest record, and raises where it is too
    large.
    """
    parts: list[bytes] = []
    size = count = largest = 0
    first = latest = now_ms
    for record in records:
        key, value, headers = record.key, record.value, record.headers
        at = now_ms if record.timestamp_ms is None else record.timestamp_ms
        if size >= BATCH_BYTES:
            check_size(largest)
            yield EncodedBatch(b"".join(parts), count, first, latest)
            parts, size, count, largest = [], 0, 0, 0
        if not count:
            first = latest = at
        latest = max(latest, at)
        shown = (_NONE,) if value is None else (_varint(len(value)), value)
        body = b"".join(
            (
                b"\0",  # attributes
                _varint(at - first),
                _varint(count),
                _varint(len(key)),
                key,
                *shown,
                _varint(len(headers)),
                *map(encoded.__getitem__, headers),
            )
        )
        parts += (_varint(len(body)), body)
        size += len(body)
        largest = max(largest, len(body))
        count += 1
    check_size(largest)
    yield EncodedBatch(b"".join(parts), count, first, latest)


_SMALL: Final = [write_long(number) for number in range(4096)]


def _varint(number: int) -> bytes:
    return _SMALL[number] if 0 <= number < len(_SMALL) else write_long(number)
