"""The way into the in-trays for the programs that run beside the hub."""

from collections.abc import Iterator
from contextlib import contextmanager

from producers.publisher import Publisher, connect, let_go
from schemas.kafka_connection import KafkaConnection


@contextmanager
def open_in_trays(kafka: KafkaConnection) -> Iterator[Publisher]:
    """Yield a publisher, and close its connection afterwards. Raises PublishError."""
    producer = connect(kafka)
    try:
        yield Publisher(producer)
    finally:
        let_go(producer)
