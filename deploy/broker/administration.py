"""The client that asks the broker about its topics and groups, and makes topics."""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from schemas.errors import KafkaAwayError


@contextmanager
def administration(bootstrap: str) -> Iterator[KafkaAdminClient]:
    """Give a client for one use: after a lost connection an old one fails at once.

    Raises:
        KafkaAwayError: Kafka does not answer, or refuses.

    """
    try:
        with KafkaAdminClient(bootstrap_servers=bootstrap, reconnect_backoff_max_ms=500) as admin:
            yield admin
    except KafkaError as error:
        raise KafkaAwayError(error, bootstrap) from None
