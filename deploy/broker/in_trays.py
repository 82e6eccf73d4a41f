"""The way into the in-trays for the programs that run beside the hub."""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from producers.publisher import BOOTSTRAP_MS, Publisher, PublishError, connect, let_go
from schemas.trays import IN_PREFIX, provider_of


@contextmanager
def open_in_trays(bootstrap: str) -> Iterator[Publisher]:
    """Give a publisher, and close its connection afterwards.

    Raises:
        PublishError: no broker answers there.

    """
    producer = connect(bootstrap)
    try:
        yield Publisher(producer)
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
