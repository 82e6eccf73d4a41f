"""The filter as a program: one shard, turn after turn, until it is stopped."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Final

from consent_ledger.filter.failpoints import Failpoint, no_failpoint
from consent_ledger.ledger.notifications import LEDGER_CHANNEL, Listener
from deploy.hub import Hub
from deploy.metrics import LAG, observe_turn
from deploy.operations.erasure import refuse_resurrected
from deploy.operations.shards import acquire_shard, open_log

IDLE_SECONDS: Final = 0.01
"""How long a filter without events waits for the ledger's notice before it polls for them again."""
QUIET_IDLE_SECONDS: Final = 0.05
"""The same when there were none for `QUIET_AFTER_SECONDS`: each poll costs a millisecond."""
QUIET_AFTER_SECONDS: Final = 1.0
LOOK_SECONDS: Final = 2.0
"""How often the lag is measured, and what turns without events left behind is collected."""

FULL_COLLECTION: Final = 50
"""Every 50th collection includes old objects."""


def run_filter(
    hub: Hub, shard_id: int, stop: threading.Event, failpoint: Failpoint = no_failpoint
) -> None:
    """Run a shard until stopped; started again, it resumes where it was.

    Raises ResurrectedError when a restored backup has brought an erased person back, BusError when
    another process took the shard over, or Kafka or PostgreSQL is away.
    """
    refuse_resurrected(hub)
    with (
        closing(open_log(hub, shard_id)) as log,
        Listener(hub.engine, LEDGER_CHANNEL) as bell,
    ):
        shard = acquire_shard(hub, shard_id, log, failpoint)
        busy_at = time.monotonic()
        look_due = busy_at + LOOK_SECONDS
        with collecting_between_turns() as collect:
            while not stop.is_set():
                report = shard.turn(0)
                observe_turn(report)
                now = time.monotonic()
                is_look_due = now >= look_due
                if report.events:
                    busy_at = now
                if report.events or is_look_due:
                    collect()
                if is_look_due:
                    LAG.set(shard.lag())
                    look_due = time.monotonic() + LOOK_SECONDS
                if bell.wait(0 if report.events else _idle_for(now - busy_at)):
                    observe_turn(shard.enforce())


def _idle_for(quiet_seconds: float) -> float:
    return QUIET_IDLE_SECONDS if quiet_seconds > QUIET_AFTER_SECONDS else IDLE_SECONDS


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
