"""The filter as a program: one shard, turn after turn, until it is stopped."""

import threading
import time
from selectors import EVENT_READ, DefaultSelector
from typing import Final

from consent_ledger.filter.failpoints import Failpoint, no_failpoint
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shard import MAX_RECORDS
from consent_ledger.filter.watched_log import WatchedLog
from consent_ledger.ledger.notifications import LEDGER_CHANNEL, Listener
from deploy.hub import Hub
from deploy.metrics import LAG, observe_turn
from deploy.operations.garbage import collecting_when_called
from deploy.operations.resurrection import refuse_resurrected
from deploy.operations.shards import acquire_shard, open_log, shard_at

QUIET_SECONDS: Final = 1.0
"""How long a filter without events and notices sleeps at most: it hears that it is stopped then."""
LOOK_SECONDS: Final = 2.0
"""How often the lag is measured, and what turns without events left behind is collected."""


def run_filter(
    hub: Hub, place: int, stop: threading.Event, failpoint: Failpoint = no_failpoint
) -> None:
    """Run the shard at a place until stopped; started again, it resumes where it was.

    Raises ResurrectedError when a restored backup has brought an erased person back, BusError when
    there is no such shard, another process took it over, or Kafka or PostgreSQL is away.
    """
    refuse_resurrected(hub)
    shard_id = shard_at(hub, place)
    with (
        WatchedLog(open_log(hub, shard_id)) as log,
        Listener(hub.engine, LEDGER_CHANNEL) as bell,
        PostgresStore(hub.engine).held() as store,
        DefaultSelector() as either,
    ):
        either.register(bell, EVENT_READ)
        either.register(log, EVENT_READ)
        shard = acquire_shard(hub, shard_id, log, failpoint, store)
        look_due = time.monotonic() + LOOK_SECONDS
        with collecting_when_called() as collect:
            while not stop.is_set():
                report = shard.turn(0)
                observe_turn(report)
                is_look_due = time.monotonic() >= look_due
                if report.events or report.swept or is_look_due:
                    collect()
                if is_look_due:
                    LAG.set(shard.lag())
                    look_due = time.monotonic() + LOOK_SECONDS
                if not (report.events or shard.is_sweeping):
                    log.watch(MAX_RECORDS)
                    either.select(QUIET_SECONDS)
                if bell.wait(0):
                    observe_turn(shard.enforce())
