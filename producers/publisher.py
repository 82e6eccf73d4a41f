"""Publishes events to the provider's own in-tray, and accounts for every event.

Events are on the bus once `flush` has returned. kafka-python's own flush returns although a record
has expired, so the publisher asks the future of each record.
"""

import time
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC
from typing import Any, Final, NamedTuple, Protocol

from kafka import KafkaProducer
from kafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    TopicAuthorizationFailedError,
)
from typing_extensions import override

from producers.hub import EventPublisher
from schemas.codec import encode
from schemas.date_order import demand_date_order
from schemas.errors import BusError, KafkaAwayError
from schemas.events import Event, event_type
from schemas.framing import schema_id_of
from schemas.identifiers import TopicName
from schemas.kafka_client import reason
from schemas.kafka_connection import KafkaConnection
from schemas.trays import in_tray

BOOTSTRAP_MS: Final = 10_000
MAX_BLOCK_MS: Final = 15_000  # how long a send waits for a topic's metadata; the default is 60 s
LINGER_MS: Final = 5  # a batch for many events, where they come faster than one by one

MAX_WAITING: Final = 10_000  # records in hand; kafka-python itself has no limit
CLOSE_SECONDS: Final = 1.0
DELIVERY_SECONDS: Final = 130.0  # above delivery_timeout_ms, in which the client gives a record up

Headers = list[tuple[str, bytes]]


class PublishError(BusError):
    """Events may not be on the bus. Publishing them again is harmless."""


class Published(NamedTuple):
    """How many events Kafka has acknowledged since the last flush."""

    events: int


class RecordPlace(NamedTuple):
    """Where a record stands in an in-tray."""

    partition: int
    offset: int


class Sent(Protocol):
    """A record's future: done when Kafka has acknowledged or refused the record."""

    is_done: bool

    def get(self, timeout: float | None = None) -> Any:
        """Wait, in seconds at most, and raise KafkaError unless the record was acknowledged.

        The result has the record's `topic`, `partition` and `offset`.
        """


class KafkaProducerLike(Protocol):
    """The part of a kafka-python producer that the publisher needs."""

    def send(self, topic: TopicName, *, value: bytes, key: bytes, headers: Headers) -> Sent:
        """Accept a record, for the partition that Kafka's default partitioner gives its key."""

    def flush(self, timeout: float | None = None) -> None:
        """Send all waiting records; raise KafkaError if that takes longer, in seconds."""


class Publisher(EventPublisher):
    """Publishes events through one producer.

    After a PublishError it accepts no more: an idempotent producer that was refused once fails all
    later records as well. `clock` gives seconds and never goes back.
    """

    def __init__(
        self, producer: KafkaProducerLike, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._producer = producer
        self._clock = clock
        self._waiting: deque[Sent] = deque()
        self._acknowledged = 0
        self._failures: Counter[type[KafkaError]] = Counter()

    @property
    def has_failed(self) -> bool:
        """Whether a record was refused: the producer takes no later one."""
        return bool(self._failures)

    @override
    def publish(self, event: Event) -> Sent:
        """Send an event to the in-tray of its provider, keyed by participant.

        It is on the bus when `flush` has returned; the result has its place there.

        Raises:
            MalformedError: the event is too large, or its dates cannot be in that order. It was not
                sent; others still can be.
            PublishError: this event or an earlier one was refused, or Kafka is away.

        """
        value = value_of(event)
        topic = in_tray(event.provider_id)
        self._count_done()
        if self._failures:
            raise self._failed(0)
        try:
            sent = self._producer.send(
                topic,
                value=value,
                key=event.participant_id.encode(),
                headers=_cloud_event(event),
            )
        except KafkaTimeoutError:
            self._failures[KafkaTimeoutError] += 1
            raise PublishError(
                f"Kafka did not say where {topic} is.",
                "Does the in-tray exist (`nwd init` makes it), and is Kafka running?",
            ) from None
        except KafkaError as error:
            self._failures[type(error)] += 1
            raise self._failed(0) from None
        self._waiting.append(sent)
        return sent

    @override
    def flush(self, timeout_seconds: float = DELIVERY_SECONDS) -> Published:
        """Wait until every event published since the last flush is acknowledged.

        Raises PublishError where some were not, or not in time, with their number and why.
        """
        until = self._clock() + timeout_seconds
        with suppress(KafkaError):  # each record's own future has its result
            self._producer.flush(timeout=timeout_seconds)
        while self._waiting:
            if not self._waiting[0].is_done and self._clock() >= until:
                break
            self._count(self._waiting.popleft(), max(0.0, until - self._clock()))
        if self._failures or self._waiting:
            raise self._failed(len(self._waiting))
        published = Published(self._acknowledged)
        self._acknowledged = 0
        return published

    def _count_done(self) -> None:
        """Forget acknowledged records, and wait while there are too many others."""
        if len(self._waiting) >= MAX_WAITING:
            self._count(self._waiting.popleft(), DELIVERY_SECONDS)
        while self._waiting and self._waiting[0].is_done:
            self._count(self._waiting.popleft(), 0.0)

    def _count(self, sent: Sent, timeout_seconds: float) -> None:
        try:
            sent.get(timeout=timeout_seconds)
        except KafkaError as error:
            self._failures[type(error)] += 1
        else:
            self._acknowledged += 1

    def _failed(self, unanswered: int) -> PublishError:
        reasons = sorted(f"{count} {reason(kind)}" for kind, count in self._failures.items())
        if unanswered:
            reasons.append(f"{unanswered} without an answer")
        failed = sum(self._failures.values()) + unanswered
        return PublishError(
            f"{failed:,} of {failed + self._acknowledged:,} events were not acknowledged: "
            f"{', '.join(reasons)}.",
            " ".join(_ADVICE[kind] for kind in _ADVICE if self._failures[kind])
            or "Is Kafka running? Publish all of them again: that is harmless.",
        )


_ADVICE: Final[dict[type[KafkaError], str]] = {
    TopicAuthorizationFailedError: "A provider may write only its own in-tray: "
    "which provider's user is set?",
    MessageSizeTooLargeError: "The topic takes smaller records than the bus does: "
    "set its max.message.bytes to 1 MB.",
}


def value_of(event: Event) -> bytes:
    """Return an event as it is published.

    Raises MalformedError where it is too large, or its dates cannot be in that order.
    """
    demand_date_order(event)
    value = encode(event)
    schema_id_of(value)  # refuses one that is too large, before Kafka does
    return value


def place_of(sent: Sent) -> RecordPlace | None:
    """Return where a record stands in its in-tray; None where Kafka has not acknowledged it."""
    if not sent.is_done:
        return None
    try:
        record = sent.get(0)
    except KafkaError:
        return None
    return RecordPlace(record.partition, record.offset)


def connect(kafka: KafkaConnection) -> KafkaProducer:
    """Return a producer that is idempotent and waits for all replicas.

    Raises KafkaAwayError, and KafkaConnectionError when a file that `kafka` names is not readable.
    """
    clients: list[Any] = []

    def client(**settings: Any) -> Any:
        clients.append(KafkaProducer.DEFAULT_CONFIG["kafka_client"](**settings))
        return clients[-1]

    try:
        return KafkaProducer(
            kafka_client=client,
            enable_idempotence=True,
            acks="all",
            allow_auto_create_topics=False,
            linger_ms=LINGER_MS,
            max_block_ms=MAX_BLOCK_MS,
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            reconnect_backoff_max_ms=500,  # the default comes back up to 38 s late
            metrics_enabled=False,
            **kafka.for_client(),
        )
    except KafkaError as error:
        for opened in clients:
            opened.close()  # a producer that could not be made leaves its sockets open
        raise KafkaAwayError(error, kafka.bootstrap) from None


def let_go(producer: KafkaProducer) -> None:
    """Close a producer that `connect` returned, whatever state it is in.

    `flush` has reported every event that was not acknowledged, so an error here adds nothing.
    """
    with suppress(KafkaError):
        producer.close(timeout=CLOSE_SECONDS)


def _cloud_event(event: Event) -> Headers:
    """Return the headers of CloudEvents 1.0 in Kafka's binary mode.

    Source and id together identify a message, so that a revision does not look like a repetition.
    """
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": f"{event.event_id}.{event.revision}",
        "ce_source": f"/providers/{event.provider_id}",
        "ce_type": f"org.nowrongdoor.{event_type(event)}",
        "ce_time": event.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "content-type": "application/avro",
    }
    return [(name, text.encode()) for name, text in attributes.items()]
