"""Setting up a bus: secrets, tables, topics, shards, and the reviewed agreements and services."""

from dataclasses import dataclass

from consent_ledger.consent.new_terms import enter_agreements, enter_services
from deploy.broker.topics import create_topics
from deploy.home.access_lock import access_lock
from deploy.home.api_token import create_api_token
from deploy.home.kafka_users import HubUser
from deploy.home.secret_files import create_secrets, load_secrets
from deploy.hub import Hub
from deploy.migrations.database import demand_sessions
from deploy.migrations.migrate import migrate
from deploy.operations.broker_access import check_broker, secure_broker
from deploy.operations.members import read_members
from deploy.operations.shards import divide_partitions, shard_ids
from deploy.settings import Addresses, Settings


@dataclass(frozen=True)
class Initialised:
    """What was made or entered now; nothing when the bus was set up already.

    `left_out` are organisations that left, and that the files still name; `beyond` are ACLs at a
    Kafka that the hub manages, which let somebody do more than the table does. `shards` is how many
    the partitions were divided among now, None where they were so already.
    """

    secrets: bool
    rules: int
    topics: list[str]
    shards: int | None
    services: list[str]
    agreements: list[str]
    left_out: list[str]
    beyond: list[str]


def initialise(settings: Settings, addresses: Addresses, shards: int | None) -> Initialised:
    """Set up the bus, or bring it up to date; running it again changes nothing.

    It waits until nobody adds or removes an organisation. Where no number of shards is given there
    stay as many as there are, which is one on a new bus.

    BusError where a file of agreements or services is wrong (nothing of it is entered), Kafka or
    PostgreSQL does not answer, or the bus was set up with other numbers.
    """
    with access_lock(settings.home):
        return _initialise(settings, addresses, shards)


def _initialise(settings: Settings, addresses: Addresses, shards: int | None) -> Initialised:
    members = read_members(settings)
    migrate(addresses.database_owner_url)
    has_new_secrets = create_secrets(settings.home)
    create_api_token(settings.home)
    hub = Hub(settings, addresses, load_secrets(settings.home, settings.ledger_name))
    try:
        demand_sessions(hub.engine)
        rules = secure_broker(settings, addresses, members)
        topics = create_topics(
            hub.kafka(HubUser.OPERATOR),
            members.in_trays,
            members.trays,
            partitions=settings.partitions,
            replication=settings.replication,
            segment_ms=settings.segment_ms,
        )
        wanted = shards or len(shard_ids(hub)) or 1
        divided = wanted if divide_partitions(hub, wanted) else None
        with hub.ledger.begin() as tx:
            services = enter_services(tx, members.directory)
            entered = enter_agreements(tx, members.agreements)
            tx.begin_epoch(hub.vault.epoch)
    finally:
        hub.engine.dispose()
    return Initialised(
        has_new_secrets,
        rules,
        topics,
        divided,
        services,
        entered,
        members.named_still,
        check_broker(settings, addresses).beyond if addresses.manages_access else [],
    )
