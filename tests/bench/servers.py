"""The servers of a benchmark: a Kafka without locks and a PostgreSQL, in its folder.

What root's PostgreSQL keeps outside goes when the benchmark ends.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.one_machine.embedded.kafka import EmbeddedKafka
from deploy.one_machine.embedded.postgres import EmbeddedPostgres
from deploy.one_machine.embedded.postgres_place import forget_data
from deploy.settings import Addresses


@contextmanager
def embedded_servers(home: Path) -> Iterator[Addresses]:
    """Run both until the block ends, and keep in the folder where they answer.

    Everybody comes as the broker's own user, whom no ACL binds.
    """
    with EmbeddedKafka(home / "kafka") as kafka, embedded_postgres(home) as postgres:
        addresses = Addresses(
            kafka.connection, postgres.url, postgres.owner_url, manages_access=False
        )
        addresses.save(home)
        yield addresses


@contextmanager
def embedded_postgres(
    home: Path, settings: Mapping[str, str] | None = None
) -> Iterator[EmbeddedPostgres]:
    """Run the PostgreSQL alone until the block ends."""
    folder = home / "postgres"
    try:
        with EmbeddedPostgres(folder, settings=settings) as postgres:
            yield postgres
    finally:
        forget_data(folder)
