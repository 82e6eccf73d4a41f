"""Reads an out-tray from Kafka, each partition from a position that the reader keeps itself.

There is no consumer group: the positions are kept beside their state. There are no deserializers:
an exception in a deserializer makes kafka-python's next poll hang; any exception ends a reader.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    LogTruncationError,
    NodeNotReadyError,
    OffsetOutOfRangeError,
    RequestTimedOutError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedCodecError,
)

from consumers.tray import POLL_RECORDS, NoTrayError, PositionLostError, TrayBatch, TrayError
from schemas.errors import KafkaAwayError
from schemas.fetched_batches import take_tray_records
from schemas.identifiers import TopicName
from schemas.kafka_client import reason
from schemas.kafka_connection import KafkaConnection
from schemas.trays import TrayRecord

BOOTSTRAP_MS: Final = 10_000
ANSWER_MS: Final = 10_000  # a broker started again is back in 0.1 to 5 s
CLOSE_MS: Final = 2_000
PATIENCE_SECONDS: Final = 30.0

_AWAY: Final = (
    KafkaTimeoutError,
    KafkaConnectionError,
    NodeNotReadyError,
    RequestTimedOutError,
)


class TrayReader:
    """The partitions of one out-tray, committed records only. It reads from where `seek` put it.

    All of them, unless `is_read` says which.

    `held` are the offsets that each partition had when it was opened. Those of open transactions
    count, as in `ends`. A consumer is connected when the first record is asked for: to see that a
    tray is empty takes none.

    Raises:
        KafkaAwayError: no broker answers.
        KafkaConnectionError: a file that the connection names is not readable.
        TrayError: the topic is missing or may not be read; without this check it would look empty.

    """

    def __init__(
        self,
        kafka: KafkaConnection,
        topic: TopicName,
        is_read: Callable[[int], bool] = lambda _: True,
    ) -> None:
        self.topic: Final = topic
        self._kafka: Final = kafka
        self._connected: KafkaConsumer | None = None
        self._polls_tray_records = False
        self._at: dict[int, int] = {}
        with _kafka_errors(topic, kafka), _admin(kafka) as admin:
            self.topic_id, there = _described(admin, topic)
            self.partitions: Final = tuple(n for n in there if is_read(n))
            self._of_partition: Final = {n: TopicPartition(topic, n) for n in self.partitions}
            starts = self._offsets_at(OffsetSpec.EARLIEST, admin)
            ends = self._offsets_at(OffsetSpec.LATEST, admin)
        self.held: Final = {n: range(starts[n], ends[n]) for n in self.partitions}

    def starts(self) -> Mapping[int, int]:
        """Return the first offset that is still there. Raises KafkaAwayError."""
        with _kafka_errors(self.topic, self._kafka):
            return self._offsets(self._consumer().beginning_offsets)

    def ends(self) -> Mapping[int, int] | None:
        """Return the offsets behind the last records; None when no broker answers.

        Records of open transactions count: a commit returns some milliseconds before its records
        can be read, so a reader that stopped at the last readable record would stop too early.
        """
        with _kafka_errors(self.topic, self._kafka):
            try:
                with _admin(self._kafka) as admin:
                    return self._offsets_at(OffsetSpec.LATEST, admin)
            except _AWAY:
                return None

    def readable_ends(self) -> Mapping[int, int]:
        """Return the offsets before the first open transaction. Raises KafkaAwayError."""
        with _kafka_errors(self.topic, self._kafka):
            return self._offsets(self._consumer().end_offsets)

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Read on from these positions. Raises KafkaAwayError.

        Where it is there already, what was fetched ahead is kept.
        """
        if offsets.items() <= self._at.items():
            return
        with _kafka_errors(self.topic, self._kafka):
            for partition, offset in offsets.items():
                self._consumer().seek(self._of_partition[partition], offset)
        self._at = {**self._at, **offsets}

    def poll(self, timeout_seconds: float, most: int = POLL_RECORDS) -> TrayBatch:
        """Wait for records, as `consumers.tray.Tray` says.

        After any error but PositionLostError, do not call it again.
        """
        with _kafka_errors(self.topic, self._kafka):
            consumer = self._consumer()
            self._at = {}  # unknown, should this fail
            polled = consumer.poll(round(timeout_seconds * 1000), most)
            # The consumer's own positions: the last records' would stop before markers of
            # transactions and before what compaction has removed. They are known: 0 ms.
            self._at = {n: consumer.position(tp, 0) for n, tp in self._of_partition.items()}
            return TrayBatch(
                tuple(
                    record if self._polls_tray_records else _record(record)
                    for records in polled.values()
                    for record in records
                ),
                self._at,
            )

    def close(self) -> None:
        """Close the connections."""
        if self._connected is not None:
            self._connected.close(autocommit=False, timeout_ms=CLOSE_MS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _consumer(self) -> KafkaConsumer:
        if self._connected is None:
            self._connected = KafkaConsumer(
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",  # raise, never skip
                isolation_level="read_committed",
                allow_auto_create_topics=False,
                bootstrap_timeout_ms=BOOTSTRAP_MS,
                reconnect_backoff_max_ms=500,  # the default comes back up to 38 s late
                retry_backoff_ms=10,  # slept twice before the first record: 0.2 s at the default
                metrics_enabled=False,
                max_poll_records=POLL_RECORDS,
                **self._kafka.for_client(),
            )
            self._polls_tray_records = take_tray_records(self._connected)
            self._connected.assign(list(self._of_partition.values()))
        return self._connected

    def _offsets(self, ask: Callable[..., Mapping[Any, int]]) -> dict[int, int]:
        offsets = ask(list(self._of_partition.values()), ANSWER_MS)
        return {tp.partition: offset for tp, offset in offsets.items()}

    def _offsets_at(self, place: OffsetSpec, admin: KafkaAdminClient) -> dict[int, int]:
        found = admin.list_partition_offsets(dict.fromkeys(self._of_partition.values(), place))
        return {tp.partition: at.offset for tp, at in found.items()}


def read_tray(
    kafka: KafkaConnection,
    topic: TopicName,
    *,
    is_read: Callable[[int], bool] = lambda _: True,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Iterator[TrayRecord]:
    """Yield every record of a tray from its start to its present end, in order by partition.

    Of those partitions of which `is_read` says so: by default all. Older records of a key may come
    as well: the last counts. Raises as `TrayReader`, and TrayError when nothing came for
    `patience_seconds` though there is more.
    """
    with TrayReader(kafka, topic, is_read) as reader:
        if not any(reader.held.values()):
            return
        at: Mapping[int, int] = {n: held.start for n, held in reader.held.items()}
        reader.seek(at)
        moved_at = time.monotonic()
        while behind := {n: at[n] for n, held in reader.held.items() if at[n] < held.stop}:
            batch = reader.poll(timeout_seconds=0.5)
            yield from (
                record
                for record in batch.records
                if record.offset < reader.held[record.partition].stop
            )
            if batch.positions != at:
                at, moved_at = batch.positions, time.monotonic()
            elif time.monotonic() > moved_at + patience_seconds:
                raise _stuck(reader, patience_seconds, behind)


def _stuck(reader: TrayReader, seconds: float, behind: Mapping[int, int]) -> TrayError:
    """Return the error for partitions that gave nothing from these positions on, with the cause."""
    readable = reader.readable_ends()
    blocked = sorted(partition for partition, at in behind.items() if readable[partition] <= at)
    places = ", ".join(f"partition {n} at offset {behind[n]}" for n in blocked or sorted(behind))
    return TrayError(
        f"{reader.topic} has more to read, but gave nothing for {seconds:g} seconds: {places}.",
        "A transaction is open there. Kafka ends it a minute after its writer died, or at once when"
        " that is started again: try it again then."
        if blocked
        else "It can be read, so the client stands still: try it again.",
    )


def _admin(kafka: KafkaConnection) -> KafkaAdminClient:
    """Return an admin client for one use: after a lost connection it does not come back."""
    return KafkaAdminClient(
        bootstrap_timeout_ms=BOOTSTRAP_MS,
        request_timeout_ms=ANSWER_MS,
        reconnect_backoff_max_ms=500,
        **kafka.for_client(),
    )


def _described(admin: KafkaAdminClient, topic: TopicName) -> tuple[str, tuple[int, ...]]:
    """Return the topic's id and partitions, or raise KafkaError when it may not be read."""
    described = admin.describe_topics([topic])[0]
    code = described["error_code"]
    if code == UnknownTopicOrPartitionError.errno:
        raise UnknownTopicOrPartitionError
    if (
        code == TopicAuthorizationFailedError.errno
        or "READ" not in described["authorized_operations"]
    ):
        raise TopicAuthorizationFailedError
    if code:
        raise KafkaError(f"error {code}")
    partitions = sorted(partition["partition_index"] for partition in described["partitions"])
    return str(described["topic_id"]), tuple(partitions)


def _record(record: Any) -> TrayRecord:
    return TrayRecord(
        record.topic,
        record.partition,
        record.offset,
        record.key or b"",
        record.value,
        _headers(record.headers),
        record.timestamp,
    )


def _headers(headers: Sequence[tuple[str, bytes | None]]) -> tuple[tuple[str, bytes], ...]:
    """Return headers with an empty text for each null, which no writer of ours makes."""
    return tuple([(name, value or b"") for name, value in headers])


@contextmanager
def _kafka_errors(topic: TopicName, kafka: KafkaConnection) -> Iterator[None]:
    """Turn kafka-python's errors into ours: its own texts may quote a record."""
    try:
        yield
    except (OffsetOutOfRangeError, LogTruncationError):
        raise PositionLostError(f"{topic} does not hold the saved position any more.") from None
    except TopicAuthorizationFailedError:
        raise TrayError(
            f"{topic} may not be read by this user.",
            "Each out-tray is open to its recipient only: which user and password are set?",
        ) from None
    except UnknownTopicOrPartitionError:
        raise NoTrayError(
            f"There is no topic {topic}.", "`nwd init` makes the trays of every agreement."
        ) from None
    except UnsupportedCodecError:
        raise TrayError(
            f"{topic} holds records in a compression that this Python cannot undo.",
            "Set compression.type=uncompressed on it, or install lz4, zstandard or python-snappy.",
        ) from None
    except _AWAY as error:
        raise KafkaAwayError(error, kafka.bootstrap) from None
    except KafkaError as error:
        raise TrayError(
            f"{topic} could not be read: {reason(type(error))}.",
            "Start the reader again: it goes on where it stopped.",
        ) from None
