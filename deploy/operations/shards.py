"""Acquiring shards of the filter, with the settings that every process of the hub gives them."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Final, TypeVar

from consent_ledger.filter.event_log import EventLog, EventLogError
from consent_ledger.filter.failpoints import Failpoint, no_failpoint
from consent_ledger.filter.kafka_logs import open_kafka_log
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shard import Shard, ShardSettings
from consent_ledger.filter.shards import divide
from consent_ledger.filter.store import FencedError, Store
from deploy.broker.rules import FILTER_TRANSACTIONS
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from schemas.errors import BusError

T = TypeVar("T")

TRIES: Final = 10
"""A filter in the middle of a transaction is not replaced, and one that is started again takes its
shard back, in the middle of other work, too.
"""
WAIT_SECONDS: Final = 0.2


def open_log(hub: Hub, shard_id: int) -> EventLog:
    """Open the log of a shard, by the client that is set. Raises as `open_kafka_log`."""
    transactional_id = f"{FILTER_TRANSACTIONS}{shard_id}"
    return open_kafka_log(hub.settings.kafka_client, hub.kafka(HubUser.FILTER), transactional_id)


def acquire_shard(
    hub: Hub,
    shard_id: int,
    log: EventLog,
    failpoint: Failpoint = no_failpoint,
    store: Store | None = None,
) -> Shard:
    """Take a shard over from whoever holds it. Raises as `Shard.acquire`.

    `store` is one on the hub's database that is held already.
    """
    settings = ShardSettings(
        shard_id,
        vault=hub.vault,
        pepper=hub.secrets.pepper,
        partitions=hub.settings.partitions,
        clock=hub.clock,
        failpoint=failpoint,
        tick_every=timedelta(milliseconds=hub.settings.segment_ms),
    )
    return Shard.acquire(store or PostgresStore(hub.engine), log, settings)


def shard_ids(hub: Hub) -> list[int]:
    """Return the number of each shard that there is, in order."""
    with PostgresStore(hub.engine).begin() as transaction:
        return [state.shard_id for state in transaction.shards() if not state.is_retired]


def shard_at(hub: Hub, place: int) -> int:
    """Return the number of the shard at a place from 0 on; BusError where there are not so many."""
    found = shard_ids(hub)
    if place >= len(found):
        raise BusError(
            f"There is no shard {place}: the partitions are divided among {len(found)}.",
            "`nwd up` and `nwd init` divide them among NWD_SHARDS.",
        )
    return found[place]


def divide_partitions(hub: Hub, shards: int) -> bool:
    """Divide the partitions among so many shards; a filter that runs ends. Raises as `divide`."""
    division = partial(divide, PostgresStore(hub.engine), partial(open_log, hub))
    return beside_filters(
        lambda: division(partitions=hub.settings.partitions, shards=shards, now=hub.clock())
    )


def beside_filters(work: Callable[[], T]) -> T:
    """Do what takes shards over, again where a filter takes one back meanwhile.

    Raises FencedError or EventLogError when it does so each time.
    """
    for _ in range(TRIES - 1):
        try:
            return work()
        except (FencedError, EventLogError):
            time.sleep(WAIT_SECONDS)
    return work()
