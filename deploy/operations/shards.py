"""Acquiring a shard of the filter, with the settings that every process of the hub gives it."""

from datetime import timedelta

from consent_ledger.filter.event_log import EventLog
from consent_ledger.filter.failpoints import Failpoint, no_failpoint
from consent_ledger.filter.kafka_logs import open_kafka_log
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shard import Shard, ShardSettings
from deploy.broker.rules import FILTER_TRANSACTIONS
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub


def open_log(hub: Hub, shard_id: int) -> EventLog:
    """Open the log of a shard, by the client that is set. Raises as `open_kafka_log`."""
    transactional_id = f"{FILTER_TRANSACTIONS}{shard_id}"
    return open_kafka_log(hub.settings.kafka_client, hub.kafka(HubUser.FILTER), transactional_id)


def acquire_shard(
    hub: Hub, shard_id: int, log: EventLog, failpoint: Failpoint = no_failpoint
) -> Shard:
    """Take a shard over from whoever holds it. Raises as `Shard.acquire`."""
    settings = ShardSettings(
        shard_id,
        vault=hub.vault,
        pepper=hub.secrets.pepper,
        partitions=hub.settings.partitions,
        clock=hub.clock,
        failpoint=failpoint,
        tick_every=timedelta(milliseconds=hub.settings.segment_ms),
    )
    return Shard.acquire(PostgresStore(hub.engine), log, settings)
