"""The filter's log on Kafka by librdkafka: what `kafka_event_log` does, by a client in C.

It needs the extra `fast`. librdkafka itself prints nothing here, and its texts are never shown:
what matters comes as an error of ours, by Kafka's own code.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from time import monotonic, sleep
from typing import Any, Final

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # one is not exported by its type
    AdminClient,
    OffsetSpec,
)
from typing_extensions import override

from consent_ledger.filter.event_log import (
    ANSWER_SECONDS,
    LOOK_AGAIN_SECONDS,
    RECONNECT_MS,
    EventLog,
    EventLogError,
)
from consent_ledger.filter.records import InRecord, OutRecord
from schemas.errors import KafkaAwayError
from schemas.identifiers import TopicName
from schemas.kafka_client import reason
from schemas.kafka_connection import KafkaConnection

Place = tuple[TopicName, int]

REFUSED_SECONDS: Final = 0.05
"""How long it rests before it asks a broker again that did not tell how far a tray can be read."""

_SILENT: Final = logging.getLogger("librdkafka")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False
_READING: Final = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "auto.offset.reset": "error",  # a position that is gone is an error, not a silent skip
    "isolation.level": "read_committed",
    "check.crcs": True,
    "fetch.wait.max.ms": 100,  # partitions that are new wait for the fetch under way
    "fetch.max.bytes": 8 * 1024 * 1024,
    "queued.max.messages.kbytes": 16 * 1024,
    "fetch.queue.backoff.ms": 10,  # at its default it rests for a second whenever that is full
}
_WRITING: Final = {
    "enable.idempotence": True,
    "acks": "all",
    "linger.ms": 100,
    "batch.size": 256 * 1024,
    "message.max.bytes": 1024 * 1024,
    "queue.buffering.max.messages": 0,  # by their bytes alone
    "queue.buffering.max.kbytes": 64 * 1024,
    "retry.backoff.ms": 10,
}
_LATEST: Final = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # it has no types
_IN_WORDS: Final = {
    "_ALL_BROKERS_DOWN": "no connection",
    "_AUTHENTICATION": "SASL_AUTHENTICATION_FAILED",
    "_AUTO_OFFSET_RESET": "OFFSET_OUT_OF_RANGE",
    "_FENCED": "PRODUCER_FENCED",
    "_MSG_TIMED_OUT": "no answer in time",
    "_TIMED_OUT": "no answer in time",
    "_TRANSPORT": "no connection",
}


class LibrdkafkaEventLog(EventLog):
    """One shard's access to Kafka by librdkafka. `acquire` comes first, then `read_from`."""

    def __init__(self, kafka: KafkaConnection, transactional_id: str) -> None:
        common: dict[str, Any] = {
            "client.id": transactional_id,
            "reconnect.backoff.max.ms": RECONNECT_MS,
            "allow.auto.create.topics": False,
            "log_level": 0,
            "logger": _SILENT,  # what is fatal it would print all the same
            **kafka.for_librdkafka(),
        }
        self._common = common
        # a group is demanded, and never joined: the partitions are given
        self._reading = common | _READING | {"group.id": transactional_id}
        writing = common | _WRITING | {"transactional.id": transactional_id}
        try:
            self._producer = Producer(writing)
            # for its answers only: on the other's connection they wait behind the fetch under way
            self._ends = AdminClient(common)
        except KafkaException as error:
            raise KafkaAwayError(_why(error), kafka.bootstrap) from None
        self._bootstrap = kafka.bootstrap
        self._consumer: Consumer | None = None
        self._assigned: list[TopicPartition] = []

    @override
    def acquire(self) -> None:
        # Kafka raises this id's epoch and ends its open transaction
        try:
            self._producer.init_transactions(ANSWER_SECONDS)
        except KafkaException as error:
            raise KafkaAwayError(_why(error), self._bootstrap) from None

    @override
    def read_from(self, positions: Mapping[tuple[TopicName, int], int | None]) -> None:
        self._assigned = [
            TopicPartition(*place, OFFSET_BEGINNING if offset is None else offset)
            for place, offset in positions.items()
        ]
        if self._consumer is None:  # who only writes has none, and no right to its group
            self._consumer = Consumer(self._reading)
        self._consumer.assign(self._assigned)

    @override
    def poll(self, timeout_seconds: float, max_records: int) -> Sequence[InRecord]:
        if self._consumer is None or not self._assigned:
            return []
        # it would wait until it has as many as it is asked for
        try:
            messages = self._consumer.consume(1, timeout_seconds)
            if messages:
                messages += self._consumer.consume(max_records - 1, 0)
        except KafkaException as error:
            raise EventLogError.of_reading(_why(error)) from None
        return [_in_record(message) for message in messages]

    @override
    def append(self, records: Sequence[OutRecord]) -> None:
        """Flush, check every answer, commit, and wait until the records can be read.

        A commit's answer says that the decision is written down: the markers that make the records
        readable come after that.
        """
        if not records:
            return
        try:
            self._producer.begin_transaction()
            deliveries = self._hand_over(records)
            self._producer.flush(ANSWER_SECONDS)
            ends = {place: delivery.end() for place, delivery in deliveries.items()}
            self._producer.commit_transaction(ANSWER_SECONDS)
            self._wait_until_readable(ends)
        except (KafkaException, TimeoutError, BufferError, SystemError) as error:
            raise EventLogError.of_writing(len(records), _why(error)) from None

    def _hand_over(self, records: Sequence[OutRecord]) -> dict[Place, "_Delivery"]:
        """Hand all records over, in order. Raises KafkaException; BufferError: it takes no more."""
        produce: Callable[..., None] = self._producer.produce
        deliveries: dict[Place, _Delivery] = {}
        for record in records:
            place = record.topic, record.partition
            delivery = deliveries.get(place)
            if delivery is None:
                delivery = deliveries[place] = _Delivery()
            delivery.records += 1
            given = record.topic, record.value, record.key, record.partition, delivery.note
            at, headers = record.timestamp_ms or 0, record.headers  # at 0 is now
            try:
                produce(*given, timestamp=at, headers=headers)
            except BufferError:  # it has as much in hand as it may
                self._producer.flush(ANSWER_SECONDS)
                produce(*given, timestamp=at, headers=headers)
        return deliveries

    def _wait_until_readable(self, ends: Mapping[Place, int]) -> None:
        """Wait until readers of committed records can read up to these offsets.

        Raises TimeoutError when they cannot: the transaction is still open; KafkaException when
        the broker does not tell.
        """
        give_up = monotonic() + ANSWER_SECONDS
        pause = LOOK_AGAIN_SECONDS
        while True:
            try:
                if self._is_readable(ends):
                    return
            except KafkaException:
                if monotonic() > give_up:
                    raise
                # what it knows of a leader that was away it never learns anew by itself
                self._ends = AdminClient(self._common)
                pause = REFUSED_SECONDS
            if monotonic() > give_up:
                raise TimeoutError
            sleep(pause)

    def _is_readable(self, ends: Mapping[Place, int]) -> bool:
        answers = self._ends.list_offsets(
            {TopicPartition(*place): _LATEST for place in ends},
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=ANSWER_SECONDS,
        )
        return all(
            answer.result(ANSWER_SECONDS).offset >= ends[TopicName(place.topic), place.partition]
            for place, answer in answers.items()
        )

    @override
    def high_watermarks(self) -> Mapping[tuple[TopicName, int], int]:
        found: dict[Place, int] = {}
        if self._consumer is None:
            return found
        for place in self._assigned:
            _, end = self._consumer.get_watermark_offsets(place, cached=True)
            if end >= 0:
                found[TopicName(place.topic), place.partition] = end
        return found

    @override
    def close(self) -> None:
        if self._consumer is not None:
            self._consumer.close()
        # the others go with their last name: to close the producer waits for what is under way
        del self._producer, self._ends


class _Delivery:
    """What became of the records of one partition."""

    def __init__(self) -> None:
        self.records = 0
        self._acknowledged = 0
        self._last = -1
        self._refusal: KafkaError | None = None

    def note(self, error: KafkaError | None, message: Message) -> None:
        """Take down what became of one of them."""
        if error is not None:
            self._refusal = error
            return
        self._acknowledged += 1
        offset = message.offset()
        if offset is not None and offset > self._last:
            self._last = offset

    def end(self) -> int:
        """Return the offset behind the last one.

        Raises KafkaException when one was refused; TimeoutError when one was not answered for, or
        nobody knows where they stand.
        """
        if self._refusal is not None:
            raise KafkaException(self._refusal)
        if self._acknowledged < self.records or self._last < 0:
            raise TimeoutError
        return self._last + 1


def _in_record(message: Any) -> InRecord:
    error = message.error()
    if error is not None:
        raise EventLogError.of_reading(_reason(error))
    return InRecord(
        message.topic(), message.partition(), message.offset(), message.key(), message.value()
    )


def _why(error: BaseException) -> str:
    """Return why a call failed.

    A client that was fenced raises KafkaException, and calls back before anybody sees it: Python
    then raises SystemError, because of the other.
    """
    cause = error.__cause__ or error
    if isinstance(cause, KafkaException):
        return _reason(cause.args[0])
    return reason(type(cause))


def _reason(error: KafkaError) -> str:
    """Return Kafka's own code, such as PRODUCER_FENCED, or words: never the error's own text."""
    name = error.name()
    return _IN_WORDS.get(name, "the client gave it up") if name.startswith("_") else name
