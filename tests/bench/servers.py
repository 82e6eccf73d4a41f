"""The servers of a benchmark: a Kafka without locks and a PostgreSQL, in its folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.one_machine.embedded.kafka import EmbeddedKafka
from deploy.one_machine.embedded.postgres import EmbeddedPostgres
from deploy.settings import Addresses


@contextmanager
def embedded_servers(home: Path) -> Iterator[Addresses]:
    """Run both until the block ends, and keep in the folder where they answer.

    Everybody comes as the broker's own user, whom no ACL binds.
    """
    with EmbeddedKafka(home / "kafka") as kafka, EmbeddedPostgres(home / "postgres") as postgres:
        addresses = Addresses(
            kafka.connection, postgres.url, postgres.owner_url, manages_access=False
        )
        addresses.save(home)
        yield addresses
