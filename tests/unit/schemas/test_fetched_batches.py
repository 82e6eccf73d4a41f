"""Batches of Kafka's format become records of a tray: the same as the client's own make."""

from collections.abc import Sequence
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.fetcher import Fetcher, IsolationLevel
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from kafka.record.memory_records import MemoryRecords

from schemas.errors import MalformedError
from schemas.fetched_batches import _TrayRecords, take_tray_records
from schemas.identifiers import TopicName
from schemas.record_decoding import BatchHead, records_of
from schemas.trays import TrayRecord

TOPIC: Final = TopicName("out.a.b")
PLACE: Final = TopicPartition(TOPIC, 3)
OFFSET: Final = 1_000_000
FIRST_MS: Final = 1_790_000_000_000
HEAD_BYTES: Final = DefaultRecordBatch.HEADER_STRUCT.size

Written = tuple[int, bytes | None, bytes | None, list[tuple[str, bytes | None]]]
"""Milliseconds after the first, key, value, headers."""

NULLABLE = st.none() | st.binary(max_size=300)
RECORDS: st.SearchStrategy[list[Written]] = st.lists(
    st.tuples(
        st.integers(0, 2**40),
        NULLABLE,
        NULLABLE,
        st.lists(st.tuples(st.text(max_size=100), NULLABLE), max_size=12),
    ),
    min_size=1,
    max_size=80,
)
SOME: Final[Sequence[Written]] = [
    (0, b"a|1", b"value", [("agreement", b"a.b"), ("closed", b"")]),
    (5, b"a|2", None, []),
]


def batch_of(
    records: Sequence[Written], offset: int = OFFSET, *, producer_id: int = -1
) -> bytearray:
    """Return a batch as the client writes it."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=producer_id >= 0,
        producer_id=producer_id,
        producer_epoch=0,
        base_sequence=0,
        batch_size=10_000_000,
    )
    for place, (later, key, value, headers) in enumerate(records):
        assert builder.append(place, FIRST_MS + later, key, value, headers) is not None
    built: bytearray = builder.build()
    built[:8] = offset.to_bytes(8)
    return built


def by_the_client(batch: bytearray) -> list[TrayRecord]:
    """Return what the client's own objects say."""
    return [
        TrayRecord(
            TOPIC,
            PLACE.partition,
            one.offset,
            one.key or b"",
            one.value,
            tuple((name, text or b"") for name, text in one.headers),
            one.timestamp,
        )
        for one in DefaultRecordBatch(batch)
    ]


def fetched(*batches: bytearray, aborted: Sequence[Any] = (), at: int = OFFSET) -> _TrayRecords:
    """Return what was fetched of a partition from an offset on."""
    return _TrayRecords(
        at,
        PLACE,
        MemoryRecords(b"".join(batches)),
        isolation_level=IsolationLevel.READ_COMMITTED,
        aborted_transactions=list(aborted),
    )


@given(RECORDS)
def test_records_are_those_that_the_client_makes(records: list[Written]) -> None:
    """Keys, values, headers, offsets and times, with nulls as empty texts."""
    batch = batch_of(records)

    found = fetched(batch).take()

    assert found == by_the_client(batch)
    assert {type(one) for one in found} == {TrayRecord}


@given(RECORDS)
def test_without_headers_all_else_is_the_same(records: list[Written]) -> None:
    """Whatever they are."""
    body = bytes(batch_of(records)[HEAD_BYTES:])

    head = _head(len(records))._replace(timestamp_ms=FIRST_MS + records[0][0])

    found = records_of(head, body, with_headers=False)

    assert found == [one._replace(headers=()) for one in by_the_client(batch_of(records))]


def test_a_header_that_is_no_text_stops_nobody_who_does_not_ask_for_it() -> None:
    """Its bytes are skipped, and the record behind it begins where it should."""
    body = bytes(batch_of(SOME)[HEAD_BYTES:]).replace(b"agreement", b"\xff\xfereement")

    found = records_of(_head(2), body, with_headers=False)

    assert [one.value for one in found] == [b"value", None]
    with pytest.raises(MalformedError):
        records_of(_head(2), body)


def test_the_time_is_the_brokers_where_it_sets_it() -> None:
    """Then each record of a batch has the batch's."""
    batch = batch_of(SOME)
    batch[DefaultRecordBatch.ATTRIBUTES_OFFSET + 1] |= DefaultRecordBatch.TIMESTAMP_TYPE_MASK
    records = fetched(batch)
    records.check_crcs = False

    found = records.take()

    assert [one.timestamp_ms for one in found] == [FIRST_MS + 5] * 2
    assert found == by_the_client(batch)


def _head(records: int) -> BatchHead:
    return BatchHead(TOPIC, 3, OFFSET, FIRST_MS, is_one_time=False, records=records)


def test_bytes_that_end_early_or_late_are_refused() -> None:
    """At each place; and a batch that says another number of records."""
    body = bytes(batch_of(SOME)[HEAD_BYTES:])

    assert len(records_of(_head(2), body)) == 2
    for end in range(len(body)):
        with pytest.raises(MalformedError):
            records_of(_head(2), body[:end])
    for wrong, count in ((body + b"\0", 2), (body, 1), (body, 3)):
        with pytest.raises(MalformedError):
            records_of(_head(count), wrong)


@given(st.binary(max_size=60), st.integers(1, 3))
def test_any_bytes_are_records_or_refused(body: bytes, records: int) -> None:
    """Nothing else is raised, and nothing is read twice."""
    try:
        found = records_of(_head(records), body)
    except MalformedError:
        return
    assert len(found) == records


def test_without_headers_a_record_still_ends_where_it_says() -> None:
    """A length that ends within key or value is refused."""
    body = bytes(batch_of(SOME[:1])[HEAD_BYTES:])

    for length in range(2, 20, 2):
        with pytest.raises(MalformedError):
            records_of(_head(1), bytes((length,)) + body[1:], with_headers=False)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff" * 11,
        b"\x0c\0\0\0\x01\x01\x01",
        b"\x10\0\0\0\x01\x01\x02\x01\x01",
        b"\x12\0\0\0\x01\x01\x02\x02\xff\0",
    ],
    ids=["a length without end", "less than no headers", "a header without name", "no UTF-8"],
)
def test_what_no_writer_writes_is_refused(body: bytes) -> None:
    """As the client refuses it."""
    with pytest.raises(MalformedError):
        records_of(_head(1), body)


def test_a_changed_byte_is_a_corrupt_record() -> None:
    """The checksum tells, before anything is taken."""
    batch = batch_of(SOME)
    batch[-1] ^= 1

    with pytest.raises(CorruptRecordError):
        fetched(batch).take()


def test_an_older_format_is_refused() -> None:
    """No broker of today writes it."""
    batch = batch_of(SOME)
    batch[16] = 3

    with pytest.raises(CorruptRecordError):
        fetched(batch).take()


def test_what_was_aborted_is_left_out() -> None:
    """Of that producer, from where its transaction began; what it marks is no record."""

    class Aborted:
        producer_id, first_offset = 7, OFFSET + 2

    first, second = batch_of(SOME), batch_of(SOME, OFFSET + 2, producer_id=7)
    third = batch_of(SOME, OFFSET + 4, producer_id=8)
    records = fetched(first, second, third, aborted=[Aborted()])
    found = records.take()

    assert found == by_the_client(first) + by_the_client(third)
    assert records.next_fetch_offset == OFFSET + 6


def test_records_taken_in_parts_are_each_taken_once() -> None:
    """The position is behind the last one that was taken; what is before the first is left out."""
    first, second = batch_of(SOME), batch_of(SOME, OFFSET + 10)
    records = fetched(first, second, at=OFFSET + 1)

    assert [one.offset for one in records.take(1)] == [OFFSET + 1]
    assert records.next_fetch_offset == OFFSET + 2
    assert [one.offset for one in records.take(1)] == [OFFSET + 10]
    assert records.next_fetch_offset == OFFSET + 11
    assert [one.offset for one in records.take()] == [OFFSET + 11]
    assert records.next_fetch_offset == OFFSET + 12
    assert records.record_iterator is None


class _Consumer:
    """Somebody who has what is reached."""

    class _fetcher:  # noqa: N801 - as the client names it
        PartitionRecords: Any = Fetcher.PartitionRecords


def test_the_client_that_is_locked_can_be_reached() -> None:
    """So that it is noticed when another release has other names inside."""
    consumer = _Consumer()

    assert hasattr(KafkaConsumer, "poll")
    assert take_tray_records(consumer)
    assert consumer._fetcher.PartitionRecords is _TrayRecords
    assert take_tray_records(consumer, with_headers=False)
    assert consumer._fetcher.PartitionRecords is not _TrayRecords


def test_a_client_with_another_inside_is_left_alone() -> None:
    """Its own records are taken then."""
    assert not take_tray_records(object())
