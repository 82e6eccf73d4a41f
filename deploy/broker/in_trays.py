"""The way into the in-trays for the programs that run beside the hub."""

from collections.abc import Iterator
from contextlib import contextmanager

from producers.publisher import DELIVERY_SECONDS, Published, Publisher, connect, let_go
from schemas.events import Event


class InTrays:
    """Publishes events and waits for them, as long as Kafka may take to say yes or no."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def publish(self, event: Event) -> None:
        """Send an event. Raises as `Publisher.publish`."""
        self._publisher.publish(event)

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
