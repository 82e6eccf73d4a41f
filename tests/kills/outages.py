"""Servers that freeze, or go away, for longer than anybody likes, and come back."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psutil

from deploy.one_machine.embedded.server import EmbeddedServer

OUTAGE_SECONDS: Final = 20.0


@contextmanager
def frozen(server: EmbeddedServer) -> Iterator[None]:
    """Stop a server and its children in their tracks (SIGSTOP) while the block runs."""
    family = [(me := psutil.Process(server.pid)), *me.children(recursive=True)]
    for one in family:
        with suppress(psutil.NoSuchProcess):  # a backend whose client has just gone
            one.suspend()
    try:
        yield
    finally:
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.resume()


@contextmanager
def away(server: EmbeddedServer) -> Iterator[None]:
    """Stop a server in order and let its port be closed while the block runs."""
    server.stop()
    try:
        yield
    finally:
        server.start()


OUTAGES: Final = {"frozen": frozen, "away": away}


def lasting(begun: float) -> None:
    """Wait until an outage that began at this moment has lasted as long as it should."""
    time.sleep(max(0.0, begun + OUTAGE_SECONDS - time.monotonic()))


def recovery(wait: Callable[[], None]) -> float:
    """Return how many seconds something took to be waited for."""
    begun = time.monotonic()
    wait()
    return time.monotonic() - begun
