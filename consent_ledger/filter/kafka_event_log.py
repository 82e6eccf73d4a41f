"""The filter's log on Kafka by kafka-python: partitions to read, a transactional id to write."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from threading import Thread
from time import monotonic, sleep
from typing import Any, NamedTuple

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import DuplicateSequenceNumberError, KafkaError
from typing_extensions import override

from consent_ledger.filter import record_batches
from consent_ledger.filter.event_log import (
    ANSWER_SECONDS,
    LOOK_AGAIN_SECONDS,
    RECONNECT_MS,
    EventLog,
    EventLogError,
)
from consent_ledger.filter.record_encoding import BATCH_BYTES
from consent_ledger.filter.records import InRecord, OutRecord
from consent_ledger.filter.strict_client import StrictClient
from schemas.errors import KafkaAwayError
from schemas.fetched_batches import take_tray_records
from schemas.identifiers import TopicName
from schemas.kafka_client import reason
from schemas.kafka_connection import KafkaConnection


class _SentRecord(NamedTuple):
    """A record that is on its way by itself."""

    future: Any

    def end(self, timeout_seconds: float) -> tuple[TopicPartition, int]:
        """Return where it stands, and the offset behind it, as of a batch."""
        sent = self.future.get(timeout_seconds)
        if sent.offset < 0:  # taken for a duplicate: then its offset is not known
            raise DuplicateSequenceNumberError
        return sent.topic_partition, sent.offset + 1


def _send(producer: KafkaProducer, records: Sequence[OutRecord]) -> list[_SentRecord]:
    """Send record by record: slower, and with nothing but what the client offers."""
    return [
        _SentRecord(
            producer.send(
                record.topic,
                record.value,
                record.key,
                record.headers,
                record.partition,
                record.timestamp_ms,
            )
        )
        for record in records
    ]


def _commit(producer: KafkaProducer, timeout_seconds: float) -> None:
    """Commit, in a thread that can be left behind. Raises as `record_batches.commit`."""
    committed: Future[None] = Future()

    def commit() -> None:
        try:
            producer.commit_transaction()
        except Exception as error:  # noqa: BLE001 - it is raised where it is waited for
            committed.set_exception(error)
        else:
            committed.set_result(None)

    Thread(target=commit, name="commit", daemon=True).start()
    committed.result(timeout_seconds)


class KafkaEventLog(EventLog):
    """One shard's access to Kafka by kafka-python. `acquire` comes first, then `read_from`."""

    def __init__(self, kafka: KafkaConnection, transactional_id: str) -> None:
        common = {
            "reconnect_backoff_max_ms": RECONNECT_MS,
            "client_id": transactional_id,
            "metrics_enabled": False,  # ours are counted by turn
            **kafka.for_client(),
        }
        try:
            self._consumer = KafkaConsumer(
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",  # a position that is gone is an error, not a silent skip
                isolation_level="read_committed",
                **common,
            )
            # a provider may write any bytes as a header, and the client's own records decode them
            take_tray_records(self._consumer, with_headers=False)
            # for its answers only: on the other's connection they wait behind the fetch under way
            self._ends = KafkaConsumer(group_id=None, isolation_level="read_committed", **common)
            self._producer = KafkaProducer(
                transactional_id=transactional_id,
                kafka_client=StrictClient,
                acks="all",
                retry_backoff_ms=10,  # a transaction's p95 is 108 ms at the default
                linger_ms=100,
                max_block_ms=int(ANSWER_SECONDS * 1000),
                batch_size=BATCH_BYTES,
                **common,
            )
        except KafkaError as error:
            raise KafkaAwayError(error, kafka.bootstrap) from None
        self._bootstrap = kafka.bootstrap
        self._takes_batches = record_batches.reaches(self._producer)

    @override
    def acquire(self) -> None:
        # Kafka raises this id's epoch and ends its open transaction
        try:
            self._producer.init_transactions()
        except KafkaError as error:
            raise KafkaAwayError(error, self._bootstrap) from None

    @override
    def read_from(self, positions: Mapping[tuple[TopicName, int], int | None]) -> None:
        self._consumer.assign([TopicPartition(*place) for place in positions])
        for place, offset in positions.items():
            if offset is None:
                self._consumer.seek_to_beginning(TopicPartition(*place))
            else:
                self._consumer.seek(TopicPartition(*place), offset)

    @override
    def poll(self, timeout_seconds: float, max_records: int) -> Sequence[InRecord]:
        if not self._consumer.assignment():
            return []
        try:
            batches = self._consumer.poll(int(timeout_seconds * 1000), max_records=max_records)
        except KafkaError as error:
            raise EventLogError.of_reading(reason(type(error))) from None
        return [
            InRecord(record.topic, record.partition, record.offset, record.key, record.value)
            for batch in batches.values()
            for record in batch
        ]

    @override
    def append(self, records: Sequence[OutRecord]) -> None:
        """Flush, check every answer, commit, and wait until the records can be read.

        A commit by itself proves nothing. It can return with nothing committed when a send expired
        on the client, and only that send's future shows it. And the broker answers it when the
        decision is written down: the markers that make the records readable come after that.
        """
        if not records:
            return
        put = record_batches.put if self._takes_batches else _send
        commit = record_batches.commit if self._takes_batches else _commit
        try:
            self._producer.begin_transaction()
            under_way = put(self._producer, records)
            self._producer.flush(ANSWER_SECONDS)
            ends: dict[TopicPartition, int] = {}
            for sent in under_way:
                place, end = sent.end(ANSWER_SECONDS)
                ends[place] = max(end, ends.get(place, 0))
            commit(self._producer, ANSWER_SECONDS)
            self._wait_until_readable(ends)
        except (KafkaError, TimeoutError) as error:
            raise EventLogError.of_writing(len(records), reason(type(error))) from None

    def _wait_until_readable(self, ends: Mapping[TopicPartition, int]) -> None:
        """Wait until readers of committed records can read up to these offsets.

        Raises KafkaError when the broker refused; TimeoutError when they cannot: the
        transaction is still open.
        """
        give_up = monotonic() + ANSWER_SECONDS
        while not self._is_readable(ends):
            if monotonic() > give_up:
                raise TimeoutError
            sleep(LOOK_AGAIN_SECONDS)

    def _is_readable(self, ends: Mapping[TopicPartition, int]) -> bool:
        try:
            found = self._ends.end_offsets(list(ends), int(ANSWER_SECONDS * 1000))
        except KeyError:  # kafka-python's answer to a topic that it has not heard of yet
            return False
        return all(found[place] >= end for place, end in ends.items())

    @override
    def high_watermarks(self) -> Mapping[tuple[TopicName, int], int]:
        # to ask the broker would wait behind the fetch under way: half a second on an idle bus
        ends = {place: self._consumer.highwater(place) for place in self._consumer.assignment()}
        return {(p.topic, p.partition): end for p, end in ends.items() if end is not None}

    @override
    def close(self) -> None:
        self._consumer.close()
        self._ends.close()
        self._producer.close(timeout=1)
