"""Kafka and PostgreSQL of `nwd up`: embedded in the home, unless others are named."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from deploy.home.kafka_users import KafkaUsers
from deploy.migrations.database import away
from deploy.one_machine.embedded.kafka import EmbeddedKafka
from deploy.one_machine.embedded.postgres import EmbeddedPostgres
from deploy.one_machine.embedded.server import EmbeddedServer
from deploy.one_machine.up.announcement import Server, for_psql
from deploy.settings import Addresses, Settings, SettingsError

OnProgress = Callable[[str], None]

PASSWORDS: Final = "postgres-passwords"
"""The passwords of the embedded PostgreSQL, beside the bus's secrets."""


@dataclass(frozen=True)
class Servers:
    """Each server is embedded and started, or None where the settings name another."""

    settings: Settings
    postgres: EmbeddedPostgres | None
    kafka: EmbeddedKafka | None

    @property
    def embedded(self) -> tuple[EmbeddedServer, ...]:
        """Those that run here, in the order in which they were started."""
        return tuple(server for server in (self.postgres, self.kafka) if server)

    def addresses(self) -> Addresses:
        """Return where both answer now; a restart may have moved an embedded PostgreSQL.

        Raises SettingsError when one is neither embedded nor named.
        """
        database = self.postgres.url if self.postgres else self.settings.database_url
        owner = self.postgres.owner_url if self.postgres else self.settings.database_owner_url
        kafka = self.kafka.connection if self.kafka else self.settings.kafka
        if database is None or kafka is None:
            raise SettingsError(
                "A server is neither embedded nor named.",
                "Set NWD_DATABASE_URL and NWD_KAFKA_BOOTSTRAP before the start.",
            )
        manages_access = self.kafka is not None or self.settings.kafka_manage_access
        return Addresses(kafka, database, owner or database, manages_access)

    def describe(self) -> tuple[Server, Server]:
        """Return what to announce of Kafka and PostgreSQL. Raises DatabaseAwayError."""
        addresses = self.addresses()
        kafka = Server(
            addresses.kafka.bootstrap,
            self.kafka.version if self.kafka else None,  # a broker tells its protocols only
            is_embedded=self.kafka is not None,
        )
        postgres = Server(
            for_psql(addresses.database_url),
            self.postgres.version if self.postgres else _version_at(addresses.database_url),
            is_embedded=self.postgres is not None,
        )
        return kafka, postgres


@contextmanager
def running_servers(
    settings: Settings, on_progress: OnProgress, *, are_kept: bool = True
) -> Iterator[Servers]:
    """Start the servers that are to be embedded; stop them when the block ends, Kafka first.

    Unless they `are_kept`, their folders are thrown away, so they write down nothing at their end.
    Raises BusError when one did not start, or its folder is in use.
    """
    postgres = None if settings.database_url else _embedded_postgres(settings)
    kafka = None
    if not settings.kafka_bootstrap:
        kafka = EmbeddedKafka(settings.home / "kafka", KafkaUsers.of_home(settings.home))
    servers = Servers(settings, postgres, kafka)
    with ExitStack() as stack:
        for server in servers.embedded:
            stack.callback(_stop if are_kept else _drop, server, on_progress)
        _start(servers.embedded, on_progress)
        yield servers


def _start(embedded: Sequence[EmbeddedServer], on_progress: OnProgress) -> None:
    """Start servers beside each other: each of them keeps one core busy until it answers.

    The last one is started here, where a Ctrl-C is noticed; it is the one that takes longest.
    """
    if not embedded:
        return
    *others, last = embedded
    on_progress(f"Starting {' and '.join(server.name for server in embedded)} ...")
    with ThreadPoolExecutor() as starters:
        starts = [starters.submit(server.start) for server in others]
        last.start()
        for start in starts:
            start.result()
    for server in embedded:
        if server.stopped_left_over:
            on_progress(
                f"An earlier run was killed and had left its {server.name} running"
                f" (process {server.stopped_left_over}): it was stopped first."
            )


def _embedded_postgres(settings: Settings) -> EmbeddedPostgres:
    return EmbeddedPostgres(
        settings.home / "postgres",
        passwords=settings.home / "secrets" / PASSWORDS,
        outside=settings.postgres_data,
    )


def _stop(server: EmbeddedServer, on_progress: OnProgress) -> None:
    on_progress(f"Stopping {server.name} ...")
    server.stop()


def _drop(server: EmbeddedServer, on_progress: OnProgress) -> None:
    on_progress(f"Ending {server.name} ...")
    server.drop()


def _version_at(url: str) -> str:
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            return str(connection.exec_driver_sql("SHOW server_version").scalar_one())
    except OperationalError as error:
        raise away(url, error) from None
    finally:
        engine.dispose()
