"""Being told to stop: Ctrl-C, SIGTERM, or the terminal going away."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


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

    A signal that is ignored (SIGHUP under nohup) stays ignored.
    """
    request = StopRequest()
    before = {
        number: signal.signal(number, request.make)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is not signal.SIG_IGN
    }
    try:
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
