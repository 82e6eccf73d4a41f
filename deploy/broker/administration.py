"""The client that asks the broker about its topics and groups, and makes topics."""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from schemas.errors import KafkaAwayError
from schemas.kafka_connection import KafkaConnection


@contextmanager
def administration(kafka: KafkaConnection) -> Iterator[KafkaAdminClient]:
    """Yield a client for one use: after a lost connection an old one fails at once.

    Raises KafkaAwayError when Kafka does not answer, or refuses.
    """
    try:
        with KafkaAdminClient(reconnect_backoff_max_ms=500, **kafka.for_client()) as admin:
            yield admin
    except KafkaError as error:
        raise KafkaAwayError(error, kafka.bootstrap) from None
