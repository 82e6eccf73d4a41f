"""Setting up a bus: secrets, tables, topics, shards, and the reviewed agreements and services."""

from dataclasses import dataclass

from consent_ledger.agreements.agreement import load_agreements
from consent_ledger.agreements.services import load_services
from consent_ledger.consent.new_terms import enter_agreements, enter_services
from consent_ledger.filter.shards import create_shards
from consent_ledger.ledger.clock import system_clock
from deploy.broker.topics import create_topics
from deploy.home.api_token import create_api_token
from deploy.home.kafka_users import HubUser
from deploy.home.secret_files import create_secrets, load_secrets
from deploy.hub import Hub
from deploy.migrations.database import demand_sessions
from deploy.migrations.migrate import migrate
from deploy.operations.broker_access import secure_broker
from deploy.settings import Addresses, Settings


@dataclass(frozen=True)
class Initialised:
    """What was made or entered now; nothing when the bus was set up already."""

    secrets: bool
    rules: int
    topics: list[str]
    services: list[str]
    agreements: list[str]


def initialise(settings: Settings, addresses: Addresses) -> Initialised:
    """Set up the bus, or bring it up to date; running it again changes nothing.

    BusError where a file of agreements or services is wrong (nothing of it is entered), Kafka or
    PostgreSQL does not answer, or the bus was set up with other numbers.
    """
    agreements = load_agreements(settings.agreements)
    directory = load_services(settings.services)
    migrate(addresses.database_owner_url)
    has_new_secrets = create_secrets(settings.home)
    create_api_token(settings.home)
    hub = Hub(settings, addresses, load_secrets(settings.home, settings.ledger_name))
    try:
        demand_sessions(hub.engine)
        rules = secure_broker(settings, addresses, directory, agreements)
        topics = create_topics(
            hub.kafka(HubUser.OPERATOR),
            [provider.id for provider in directory.providers],
            [agreement.id for agreement in agreements],
            partitions=settings.partitions,
            replication=settings.replication,
            segment_ms=settings.segment_ms,
        )
        with hub.ledger.begin() as tx:
            create_shards(tx.connection, settings.partitions, settings.shards, system_clock())
            services = enter_services(tx, directory)
            entered = enter_agreements(tx, agreements)
            tx.begin_epoch(hub.vault.epoch)
    finally:
        hub.engine.dispose()
    return Initialised(has_new_secrets, rules, topics, services, entered)
