"""The filter as a program: one shard, turn after turn, until it is told to stop."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from consent_ledger.filter.failpoints import Failpoint, no_failpoint
from consent_ledger.filter.kafka_event_log import KafkaEventLog
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shard import Shard, ShardSettings
from consent_ledger.ledger.notifications import LEDGER_CHANNEL, Listener
from deploy.hub import Hub
from deploy.metrics import LAG, observe_turn
from deploy.operations.erasure import refuse_resurrected

IDLE_SECONDS: Final = 0.01
"""How long an idle filter listens for the ledger's bell before it looks for events again."""
LOOK_SECONDS: Final = 2.0
"""How often the lag is measured, and what turns without events left behind is collected."""

FULL_COLLECTION: Final = 50
"""Every so many collections look at old objects, too."""


def run_filter(
    hub: Hub, shard_id: int, stop: threading.Event, failpoint: Failpoint = no_failpoint
) -> None:
    """Run a shard until told to stop.

    Raises:
        ResurrectedError: a restored backup has brought somebody back who was erased.
        BusError: another process took the shard over, or Kafka or PostgreSQL is away: the process
            ends, and starting it again goes on from where it was.

    """
    refuse_resurrected(hub)
    log = KafkaEventLog(hub.addresses.kafka_bootstrap, f"filter-{shard_id}")
    with Listener(hub.engine, LEDGER_CHANNEL) as bell:
        settings = ShardSettings(
            shard_id,
            vault=hub.vault,
            pepper=hub.secrets.pepper,
            partitions=hub.settings.partitions,
            clock=hub.clock,
            failpoint=failpoint,
            tick_every=timedelta(milliseconds=hub.settings.segment_ms),
        )
        shard = Shard.acquire(PostgresStore(hub.engine), log, settings)
        look_due = time.monotonic() + LOOK_SECONDS
        with collecting_between_turns() as collect:
            while not stop.is_set():
                report = shard.turn(0)
                observe_turn(report)
                is_look_due = time.monotonic() >= look_due
                if report.events or is_look_due:
                    collect()
                if is_look_due:
                    LAG.set(shard.lag())
                    look_due = time.monotonic() + LOOK_SECONDS
                if bell.wait(0 if report.events else IDLE_SECONDS):
                    observe_turn(shard.enforce())
    log.close()


@contextmanager
def collecting_between_turns() -> Iterator[Callable[[], None]]:
    """Collect garbage when called, after a turn, instead of at any moment within one.

    A turn holds tens of thousands of small objects that all die when it ends. Python's collector,
    left alone, walks them again and again: a third of the filter's time.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    calls = 0

    def collect() -> None:
        nonlocal calls
        calls += 1
        gc.collect(2 if calls % FULL_COLLECTION == 0 else 1)

    try:
        yield collect
    finally:
        gc.enable()
        gc.unfreeze()
