"""Python's garbage collector, which runs when it is called, or once a piece of work is done.

A turn of the filter holds tens of thousands of small objects that all die when it ends, as does the
registering of a set of people, and an audit keeps what every person said. The collector, left
alone, walks them again and again: a third of the filter's time, a fifth of the audit's, a quarter
of a registration's.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

FULL_COLLECTION: Final = 50
"""Every 50th collection includes old objects."""


@contextmanager
def collecting_when_called(every: int = 1) -> Iterator[Callable[[], None]]:
    """Give what collects garbage, when it is called so many times.

    What there is at the beginning is looked at by no collection.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    calls = 0

    def collect() -> None:
        nonlocal calls
        calls += 1
        if calls % every == 0:
            gc.collect(2 if calls % (FULL_COLLECTION * every) == 0 else 1)

    try:
        yield collect
    finally:
        gc.enable()
        gc.unfreeze()


@contextmanager
def collected_later() -> Iterator[None]:
    """Let the collector wait until a piece of work is done whose objects then die by themselves.

    Within it may be another such piece, also of another thread.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
