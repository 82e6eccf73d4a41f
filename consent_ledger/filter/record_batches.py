"""Whole record batches, given to kafka-python's producer, and the end of their transaction.

Its `send()` costs more for a record than all else that the filter does for an event. Here records
are encoded as they will be sent, and each batch is put where `send()` would have put it: the rest
of the producer, with its sequence numbers, retries and transactions, is unchanged. And its
`commit_transaction()` waits for ever: here it waits for so long.

That is the client's inside, which any version may change: `reaches` says whether it is as it was
in the version that is pinned. Layout: Kafka protocol, "Record Batch", magic 2.
"""

from collections.abc import Sequence
from operator import attrgetter
from time import time
from typing import Any, Final, NamedTuple

from kafka import KafkaProducer, TopicPartition
from kafka.errors import DuplicateSequenceNumberError, KafkaError
from kafka.producer.future import FutureRecordMetadata
from kafka.producer.producer_batch import FinalState, ProducerBatch
from kafka.record.memory_records import MemoryRecordsBuilder

from consent_ledger.filter.record_encoding import (
    BATCH_BYTES,
    EncodedBatch,
    EncodedHeaders,
    encoded_batches,
)
from consent_ledger.filter.records import OutRecord

_MAGIC: Final = 2
_UNCOMPRESSED: Final = 0

_OF_PRODUCER: Final = (
    "_accumulator._tp_lock",
    "_accumulator._batches",
    "_accumulator._incomplete.add",
    "_ensure_valid_record_size",
    "_metadata.add_topic",
    "_sender.wakeup",
    "_transaction_manager.begin_commit",
    "_transaction_manager.maybe_add_partition_to_transaction",
    "partitions_for",
)
_OF_RECORDS: Final = (
    "_builder._buffer",
    "_builder._first_timestamp",
    "_builder._last_offset",
    "_builder._max_timestamp",
    "_builder._num_records",
    "_next_offset",
)
_OF_BATCH: Final = ("_record_futures", "final_state", "produce_future", "record_count")


class SplitBatchError(KafkaError):  # type: ignore[misc]  # kafka-python has no types
    """The producer divided a batch that the broker found too large: not all of it is watched."""

    message = "a batch was too large"


class SentBatch(NamedTuple):
    """A batch that is on its way."""

    batch: Any
    future: Any
    records: int

    def end(self, timeout_seconds: float) -> tuple[TopicPartition, int]:
        """Wait until it is acknowledged; return where it stands, and the offset behind it.

        Raises KafkaError when it was not taken whole, or nobody knows where it stands.
        """
        sent = self.future.get(timeout_seconds)
        if self.batch.final_state is not FinalState.SUCCEEDED:
            raise SplitBatchError
        if sent.offset < 0:  # taken for a duplicate
            raise DuplicateSequenceNumberError
        return sent.topic_partition, sent.offset + self.records


def reaches(producer: KafkaProducer) -> bool:
    """Return whether the producer's inside has every name that is used of it, and sends as here."""
    records = MemoryRecordsBuilder(_MAGIC, _UNCOMPRESSED, BATCH_BYTES)
    batch = ProducerBatch(TopicPartition("", 0), records)
    of_each = (producer, _OF_PRODUCER), (records, _OF_RECORDS), (batch, _OF_BATCH)
    try:
        for holder, names in of_each:
            attrgetter(*names)(holder)
    except AttributeError:
        return False
    return producer.config["compression_type"] is None


def put(producer: KafkaProducer, records: Sequence[OutRecord]) -> list[SentBatch]:
    """Put records in the producer's open transaction, those of a partition in their order.

    Raises KafkaError: a topic is not there, or a record is larger than a request may be.
    """
    by_place: dict[tuple[str, int], list[OutRecord]] = {}
    for record in records:
        by_place.setdefault((record.topic, record.partition), []).append(record)
    topics = {topic for topic, _ in by_place}
    for topic in topics:
        producer._metadata.add_topic(topic)  # else each is asked for alone, a tenth of a second
    for topic in topics:
        producer.partitions_for(topic)
    now_ms, encoded = int(time() * 1000), EncodedHeaders()
    check_size = producer._ensure_valid_record_size
    sent = []
    for place, of_place in by_place.items():
        topic_partition = TopicPartition(*place)
        producer._transaction_manager.maybe_add_partition_to_transaction(topic_partition)
        sent += [
            _enqueue(producer._accumulator, topic_partition, builder_of(batch))
            for batch in encoded_batches(of_place, now_ms, encoded, check_size)
        ]
    producer._sender.wakeup()
    return sent


def commit(producer: KafkaProducer, timeout_seconds: float) -> None:
    """Commit the producer's open transaction, and wait for the broker's answer.

    Raises KafkaError when the broker refused; TimeoutError when it did not answer: what became of
    the transaction is not known.
    """
    ending = producer._transaction_manager.begin_commit()
    producer._sender.wakeup()
    if not ending.wait(timeout_seconds * 1000):
        raise TimeoutError


def builder_of(batch: EncodedBatch) -> Any:
    """Return the client's own builder of a batch, as it is after its records were appended."""
    builder = MemoryRecordsBuilder(_MAGIC, _UNCOMPRESSED, BATCH_BYTES)
    inner = builder._builder
    inner._buffer += batch.content
    inner._first_timestamp, inner._max_timestamp = batch.first_ms, batch.latest_ms
    inner._num_records, inner._last_offset = batch.records, batch.records - 1
    builder._next_offset = batch.records
    return builder


def _enqueue(accumulator: Any, place: TopicPartition, builder: Any) -> SentBatch:
    batch = ProducerBatch(place, builder)
    future = FutureRecordMetadata(batch.produce_future, 0, None, None, -1, -1, -1)
    batch._record_futures.append(future)
    with accumulator._tp_lock(place):
        accumulator._batches[place].append(batch)
    accumulator._incomplete.add(batch)
    return SentBatch(batch, future, batch.record_count)
