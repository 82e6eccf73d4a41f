"""Being told to stop: Ctrl-C, SIGTERM, or the terminal going away."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class StopRequest:
    """Whether somebody asked to stop. A plain flag: a handler may not take the lock of an Event."""

    def __init__(self) -> None:
        self.is_made = False

    def make(self, *_: object) -> None:
        """Ask to stop."""
        self.is_made = True


@contextmanager
def asked_by_signals() -> Iterator[StopRequest]:
    """Turn signals into a request while the block runs, so that none cuts a start or a stop short.

    A signal that is ignored stays ignored.
    """
    request = StopRequest()
    with handling_stop_signals(request.make):
        yield request


@contextmanager
def handling_stop_signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Let a handler take the signals to stop while the block runs.

    A signal that is ignored (SIGHUP under nohup) stays ignored.
    """
    before = {
        number: signal.signal(number, handler)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
