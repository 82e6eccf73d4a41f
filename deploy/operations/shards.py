"""Acquiring a shard of the filter, with the settings that every process of the hub gives it."""

from datetime import timedelta

from consent_ledger.filter.event_log import EventLog
from consent_ledger.filter.failpoints import Failpoint, no_failpoint
from consent_ledger.filter.kafka_event_log import KafkaEventLog
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shard import Shard, ShardSettings
from deploy.broker.rules import FILTER_TRANSACTIONS
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub


def open_log(hub: Hub, shard_id: int) -> KafkaEventLog:
    """Open the log of a shard: from then on a predecessor's transactions are fenced.

    Raises KafkaAwayError.
    """
    return KafkaEventLog(hub.kafka(HubUser.FILTER), f"{FILTER_TRANSACTIONS}{shard_id}")


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
