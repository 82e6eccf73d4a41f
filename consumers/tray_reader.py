"""Reads an out-tray from Kafka, each partition from a position that the reader keeps itself.

No consumer group: the positions lie beside the state that they belong to. No deserializers: an
exception in one makes the next poll of kafka-python hang for ever; any exception ends a reader.
"""

import time
from collections.abc import Iterator, Mapping
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
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    UnsupportedCodecError,
)

from consumers.tray import NoTrayError, PositionLostError, TrayBatch, TrayError, TrayRecord
from schemas.errors import KafkaAwayError
from schemas.identifiers import TopicName
from schemas.kafka_client import keep_records_out_of_its_log, reason

BOOTSTRAP_MS: Final = 10_000
ANSWER_MS: Final = 10_000  # a broker started again is back in 0.1 to 5 s
CLOSE_MS: Final = 2_000
PATIENCE_SECONDS: Final = 30.0

_AWAY: Final = (KafkaTimeoutError, KafkaConnectionError, NodeNotReadyError)


class TrayReader:
    """All partitions of one out-tray, committed records only. It reads where `seek` put it.

    `security` is what kafka-python takes: `security_protocol`, `sasl_mechanism` and so on.

    Raises:
        KafkaAwayError: no broker answers.
        TrayError: the topic is not there or may not be read: a consumer without the right to a
            topic would only see an empty one.

    """

    def __init__(self, bootstrap: str, topic: TopicName, **security: Any) -> None:
        keep_records_out_of_its_log()
        self.topic: Final = topic
        self._bootstrap: Final = bootstrap
        self._security: Final = security
        with _kafka_errors(topic, bootstrap):
            self.topic_id, self.partitions = _described(bootstrap, topic, security)
            self._consumer = KafkaConsumer(
                bootstrap_servers=bootstrap,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",  # raise, never skip
                isolation_level="read_committed",
                allow_auto_create_topics=False,
                bootstrap_timeout_ms=BOOTSTRAP_MS,
                reconnect_backoff_max_ms=500,  # the default comes back up to 38 s late
                metrics_enabled=False,
                **security,
            )
        self._of_partition: Final = {one: TopicPartition(topic, one) for one in self.partitions}
        self._consumer.assign(list(self._of_partition.values()))

    def starts(self) -> Mapping[int, int]:
        """Return the first offset that is still there. Raises KafkaAwayError."""
        with _kafka_errors(self.topic, self._bootstrap):
            return self._by_partition(
                self._consumer.beginning_offsets(list(self._of_partition.values()), ANSWER_MS)
            )

    def ends(self) -> Mapping[int, int] | None:
        """Return the offsets behind the last records; None when no broker answers.

        Records of open transactions count: a commit returns some milliseconds before its records
        can be read, and whoever went by the end of those alone would stop too early.
        """
        places = dict.fromkeys(self._of_partition.values(), OffsetSpec.LATEST)
        with _kafka_errors(self.topic, self._bootstrap):
            try:
                with _admin(self._bootstrap, self._security) as admin:
                    found = admin.list_partition_offsets(places)
            except _AWAY:
                return None
        return {place.partition: at.offset for place, at in found.items()}

    def readable_ends(self) -> Mapping[int, int]:
        """Return the offsets up to which can be read: an open transaction is not behind them.

        Raises KafkaAwayError when no broker answers.
        """
        with _kafka_errors(self.topic, self._bootstrap):
            return self._by_partition(
                self._consumer.end_offsets(list(self._of_partition.values()), ANSWER_MS)
            )

    def seek(self, offsets: Mapping[int, int]) -> None:
        """Read on from these positions."""
        for partition, offset in offsets.items():
            self._consumer.seek(self._of_partition[partition], offset)

    def poll(self, timeout_seconds: float) -> TrayBatch:
        """Wait for records, at most so long; see `consumers.tray.Tray`.

        Once it has raised anything but PositionLostError, it is not to be called again.
        """
        with _kafka_errors(self.topic, self._bootstrap):
            polled = self._consumer.poll(timeout_ms=round(timeout_seconds * 1000))
            return TrayBatch(
                tuple(_record(one) for records in polled.values() for one in records),
                # The consumer's own positions: the last records' would stand still before markers
                # of transactions and before what compaction has removed. They are known: 0 ms.
                {one: self._consumer.position(tp, 0) for one, tp in self._of_partition.items()},
            )

    def close(self) -> None:
        """Let go of the connections."""
        self._consumer.close(autocommit=False, timeout_ms=CLOSE_MS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _by_partition(self, offsets: Mapping[Any, int]) -> dict[int, int]:
        return {tp.partition: offset for tp, offset in offsets.items()}


def read_tray(
    bootstrap: str,
    topic: TopicName,
    *,
    patience_seconds: float = PATIENCE_SECONDS,
    **security: Any,
) -> Iterator[TrayRecord]:
    """Yield every record of a tray from its start to where it ends now, in order by partition.

    Of a key that was written again the older records may come as well: the last one counts.

    Raises:
        BusError: as `TrayReader`, or nothing came for `patience_seconds` though there is more.

    """
    with TrayReader(bootstrap, topic, **security) as reader:
        ends = reader.ends()
        if ends is None:
            raise KafkaAwayError(TimeoutError(), bootstrap)
        reader.seek(at := reader.starts())
        moved_at = time.monotonic()
        while any(at[one] < end for one, end in ends.items()):
            batch = reader.poll(timeout_seconds=0.5)
            yield from (one for one in batch.records if one.offset < ends[one.partition])
            if batch.positions != at:
                at, moved_at = batch.positions, time.monotonic()
            elif time.monotonic() > moved_at + patience_seconds:
                behind = {one: at[one] for one, end in ends.items() if at[one] < end}
                raise _stuck(reader, patience_seconds, behind)


def _stuck(reader: TrayReader, seconds: float, behind: Mapping[int, int]) -> TrayError:
    """Return the error for partitions that gave nothing from these positions on, and say why."""
    readable = reader.readable_ends()
    held = sorted(one for one, at in behind.items() if readable[one] <= at)
    places = ", ".join(f"partition {one} at offset {behind[one]}" for one in held or sorted(behind))
    return TrayError(
        f"{reader.topic} has more to read, but gave nothing for {seconds:g} seconds: {places}.",
        "A transaction is open there. Kafka ends it a minute after its writer died, or at once when"
        " that is started again: try it again then."
        if held
        else "It can be read, so the client stands still: try it again.",
    )


def _admin(bootstrap: str, security: Mapping[str, Any]) -> KafkaAdminClient:
    """Return an admin client for one use: after a lost connection it does not come back."""
    return KafkaAdminClient(
        bootstrap_servers=bootstrap,
        bootstrap_timeout_ms=BOOTSTRAP_MS,
        request_timeout_ms=ANSWER_MS,
        reconnect_backoff_max_ms=500,
        **security,
    )


def _described(
    bootstrap: str, topic: TopicName, security: Mapping[str, Any]
) -> tuple[str, tuple[int, ...]]:
    """Return the topic's id and partitions, or raise KafkaError when it may not be read."""
    with _admin(bootstrap, security) as admin:
        found = admin.describe_topics([topic])[0]
    if found["error_code"] == UnknownTopicOrPartitionError.errno:
        raise UnknownTopicOrPartitionError
    if (
        found["error_code"] == TopicAuthorizationFailedError.errno
        or "READ" not in found["authorized_operations"]
    ):
        raise TopicAuthorizationFailedError
    if found["error_code"]:
        raise KafkaError(f"error {found['error_code']}")
    return str(found["topic_id"]), tuple(
        sorted(one["partition_index"] for one in found["partitions"])
    )


def _record(record: Any) -> TrayRecord:
    return TrayRecord(
        record.topic,
        record.partition,
        record.offset,
        record.key or b"",
        record.value,
        tuple((name, value or b"") for name, value in record.headers),
    )


@contextmanager
def _kafka_errors(topic: TopicName, bootstrap: str) -> Iterator[None]:
    """Put what kafka-python raises into words; its own texts may quote a record."""
    try:
        yield
    except (OffsetOutOfRangeError, LogTruncationError):
        raise PositionLostError(f"{topic} does not hold the saved position any more.") from None
    except TopicAuthorizationFailedError:
        raise TrayError(
            f"{topic} may not be read by this user.",
            "Each out-tray is open to its recipient alone: which user and password are set?",
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
        raise KafkaAwayError(error, bootstrap) from None
    except KafkaError as error:
        raise TrayError(
            f"{topic} could not be read: {reason(type(error))}.",
            "Start the reader again: it goes on where it stopped.",
        ) from None
