"""The hub's parts, wired: what every command and program is built from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from consent_ledger.journal.vault import Vault
from consent_ledger.ledger.clock import Clock, system_clock
from consent_ledger.matching.weights import read_weights
from consent_ledger.register.register import Register
from consent_ledger.transaction import PostgresLedger
from deploy.home.kafka_users import KafkaUsers
from deploy.home.secret_files import Secrets, load_secrets, read_journal_keys
from deploy.home.suppression_list import SuppressionList
from deploy.migrations.database import application_engine, away
from deploy.settings import Addresses, Settings, find_addresses, read_settings
from schemas.kafka_connection import KafkaConnection


@dataclass
class Hub:
    """Settings, secrets and the parts made of them. Parts are made when first asked for."""

    settings: Settings
    addresses: Addresses
    secrets: Secrets
    clock: Clock = system_clock

    def kafka(self, user: str) -> KafkaConnection:
        """Return how one of the hub's users, such as a `HubUser`, connects to Kafka."""
        return kafka_as(user, self.settings, self.addresses)

    @cached_property
    def engine(self) -> Engine:
        """The database, in the application's role."""
        return application_engine(self.addresses.database_url)

    @cached_property
    def vault(self) -> Vault:
        """What seals the keys of participants and dead letters."""
        home = self.settings.home
        return Vault(
            self.secrets.journal_keys, self.secrets.pepper, lambda: read_journal_keys(home)
        )

    @cached_property
    def ledger(self) -> PostgresLedger:
        """The consent ledger."""
        return PostgresLedger(self.engine, self.secrets.signing_key, self.clock)

    @cached_property
    def register(self) -> Register:
        """The register of participants."""
        file = self.settings.matching_weights
        return Register(
            pepper=self.secrets.pepper,
            vault=self.vault,
            partitions=self.settings.partitions,
            weights=None if file is None else read_weights(file),
        )

    @cached_property
    def suppressed(self) -> SuppressionList:
        """Who was erased, outside the database."""
        return SuppressionList(self.settings.home, self.secrets.pepper)


def kafka_as(user: str, settings: Settings, addresses: Addresses) -> KafkaConnection:
    """Return how a user connects: by its own name where the hub keeps users, else as is set."""
    if not addresses.manages_access:
        return addresses.kafka
    return KafkaUsers.of_home(settings.home).connection(addresses.kafka, user)


@contextmanager
def open_hub() -> Iterator[Hub]:
    """Give the hub that the settings name.

    BusError where a setting, a secret or an address is missing, or the database does not answer.
    """
    settings = read_settings()
    addresses = find_addresses(settings)
    hub = Hub(settings, addresses, load_secrets(settings.home, settings.ledger_name))
    try:
        yield hub
    except OperationalError as error:
        raise away(addresses.database_url, error) from None
    finally:
        hub.engine.dispose()
