"""The way into the in-trays for the programs that run beside the hub."""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from producers.publisher import (
    BOOTSTRAP_MS,
    DELIVERY_SECONDS,
    Published,
    Publisher,
    PublishError,
    Sent,
    connect,
    let_go,
)
from schemas.events import Event
from schemas.trays import IN_PREFIX, provider_of


class InTrays:
    """Publishes events and waits for them, as long as Kafka may take to say yes or no."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def publish(self, event: Event) -> Sent:
        """Send an event. Raises as `Publisher.publish`."""
        return self._publisher.publish(event)

    def flush(self) -> None:
        """Wait until all that was sent is acknowledged. Raises PublishError unless it is."""
        self.settle()

    def settle(self) -> Published:
        """Do as `flush`, and tell how many events it was."""
        return self._publisher.flush(DELIVERY_SECONDS)


@contextmanager
def open_in_trays(bootstrap: str) -> Iterator[InTrays]:
    """Give a way to publish, and let go of the connection afterwards.

    Raises:
        PublishError: no broker answers there.

    """
    producer = connect(bootstrap)
    try:
        yield InTrays(Publisher(producer))
    finally:
        let_go(producer)


def providers_with_in_tray(bootstrap: str) -> set[str]:
    """Return the providers whose in-tray is there, and may be seen by this user.

    Raises:
        PublishError: no broker answers there.

    """
    try:
        with KafkaAdminClient(
            bootstrap_servers=bootstrap, bootstrap_timeout_ms=BOOTSTRAP_MS
        ) as admin:
            topics = admin.list_topics()
    except KafkaError as error:
        raise PublishError(
            f"Kafka at {bootstrap} did not tell its topics ({type(error).__name__}).",
            "Is it running there? A wrong user, password or certificate looks the same from here.",
        ) from None
    return {provider_of(one) for one in topics if one.startswith(IN_PREFIX)}
