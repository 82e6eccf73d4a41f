"""Publishes events to the provider's own in-tray, and accounts for every one of them.

`flush` alone says that events are on the bus: kafka-python's own flush returns without a record
that expired, and only that record's future tells.
"""

import logging
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

from schemas.codec import encode
from schemas.errors import BusError
from schemas.events import Event, event_type
from schemas.framing import schema_id_of
from schemas.trays import in_tray

BOOTSTRAP_MS: Final = 10_000
MAX_BLOCK_MS: Final = 15_000  # how long a send waits for a topic's metadata; the default is 60 s
LINGER_MS: Final = 5  # a batch for many events, where they come faster than one by one

MAX_WAITING: Final = 10_000  # records in hand; kafka-python itself knows no limit
CLOSE_SECONDS: Final = 1.0
DELIVERY_SECONDS: Final = 130.0  # above delivery_timeout_ms, in which the client gives a record up

Headers = list[tuple[str, bytes]]


class PublishError(BusError):
    """Events that are not known to be on the bus. Publishing them again is harmless."""


class Published(NamedTuple):
    """How many events Kafka has acknowledged since the last flush."""

    events: int


class Sent(Protocol):
    """What a producer gives for a record: done when Kafka has acknowledged or refused it."""

    is_done: bool

    def get(self, timeout: float | None = None) -> Any:
        """Wait so many seconds, and raise KafkaError unless the record was acknowledged.

        What is returned has the record's `topic`, `partition` and `offset`.
        """


class KafkaProducerLike(Protocol):
    """What the publisher needs of a kafka-python producer."""

    def send(self, topic: str, *, value: bytes, key: bytes, headers: Headers) -> Sent:
        """Take a record in hand, on the partition that its key has by Kafka's own rule."""

    def flush(self, timeout: float | None = None) -> None:
        """Send what is waiting; wait so many seconds, then raise KafkaError."""


class Publisher:
    """Publishes events by way of one producer.

    After a PublishError it takes no more: an idempotent producer that was refused once fails all
    later records as well. `clock` gives seconds that only grow.
    """

    def __init__(
        self, producer: KafkaProducerLike, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._producer = producer
        self._clock = clock
        self._waiting: deque[Sent] = deque()
        self._acknowledged = 0
        self._failures: Counter[type[KafkaError]] = Counter()

    def publish(self, event: Event) -> Sent:
        """Send an event to the in-tray of its provider, keyed by participant.

        It is on the bus when `flush` has returned, not before; then what is returned tells where.

        Raises:
            MalformedError: the event is too large. It was not sent; others still can be.
            PublishError: this event or an earlier one was refused, or Kafka is away.

        """
        value = encode(event)
        schema_id_of(value)  # refuses one that is too large, before Kafka does
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

    def flush(self, timeout_seconds: float) -> Published:
        """Wait until every event published since the last flush is acknowledged.

        Raises:
            PublishError: one was not, or not in time; says how many and why.

        """
        until = self._clock() + timeout_seconds
        with suppress(KafkaError):  # each record's own future says what became of it
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
        """Let go of what is acknowledged, and wait where too much is not: memory stays bounded."""
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
        # Names of errors alone: their texts may quote a record.
        reasons = [f"{count} {kind.__name__}" for kind, count in _by_name(self._failures)]
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
    TopicAuthorizationFailedError: "A provider may write its own in-tray alone: "
    "which provider's user is set?",
    MessageSizeTooLargeError: "The topic takes smaller records than the bus does: "
    "set its max.message.bytes to 1 MB.",
}


def connect(bootstrap: str, **security: Any) -> KafkaProducer:
    """Return a producer that keeps the bus's promises: idempotent, acknowledged by all replicas.

    `security` is what kafka-python takes: `security_protocol`, `sasl_mechanism` and so on.

    Raises:
        PublishError: no broker answers there.

    """
    kafka_log = logging.getLogger("kafka")
    # at DEBUG it writes keys, values and headers
    kafka_log.setLevel(max(logging.INFO, kafka_log.getEffectiveLevel()))
    begun: list[Any] = []

    def client(**settings: Any) -> Any:
        begun.append(KafkaProducer.DEFAULT_CONFIG["kafka_client"](**settings))
        return begun[-1]

    try:
        return KafkaProducer(
            kafka_client=client,
            bootstrap_servers=bootstrap,
            enable_idempotence=True,
            acks="all",
            allow_auto_create_topics=False,
            linger_ms=LINGER_MS,
            max_block_ms=MAX_BLOCK_MS,
            bootstrap_timeout_ms=BOOTSTRAP_MS,
            reconnect_backoff_max_ms=500,  # the default comes back up to 38 s late
            metrics_enabled=False,
            **security,
        )
    except KafkaError as error:
        for one in begun:
            one.close()  # a producer that could not be made leaves its sockets open
        raise PublishError(
            f"No Kafka broker answers at {bootstrap} ({type(error).__name__}).",
            "Is it running there? A wrong user, password or certificate looks the same from here.",
        ) from None


def let_go(producer: KafkaProducer) -> None:
    """Close a producer that `connect` gave, whatever state it is in.

    What was acknowledged is by now; what was not has been told by `flush`, and closing while no
    broker answers would raise over it.
    """
    with suppress(KafkaError):
        producer.close(timeout=CLOSE_SECONDS)


def _cloud_event(event: Event) -> Headers:
    """Return the headers of CloudEvents 1.0 in Kafka's binary mode.

    Source and id together are one message's own, so that a revision is not taken for a repetition.
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


def _by_name(failures: Counter[type[KafkaError]]) -> list[tuple[type[KafkaError], int]]:
    return sorted(failures.items(), key=lambda item: item[0].__name__)
