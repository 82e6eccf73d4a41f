"""Ctrl-C, SIGTERM, or the terminal going away: the story ends there, and everything is stopped."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from deploy.stop_signals import handling_stop_signals


class Interrupted(KeyboardInterrupt):
    """A signal ended the story; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Interruption:
    """Lets the first signal end the story. After it, or `hold_off`, none interrupts the stop.

    It says so at once: to stop what was started takes some seconds.
    """

    def __init__(self) -> None:
        self.taken: int | None = None
        self._is_open = True

    def hold_off(self) -> None:
        """Ignore signals from now on: the stop has begun."""
        self._is_open = False

    def handle(self, number: int, _: FrameType | None) -> None:
        """Raise Interrupted, once."""
        if self._is_open:
            self.hold_off()
            self.taken = number
            with suppress(OSError):  # a file object may be in the middle of a line
                os.write(sys.stderr.fileno(), b"\nStopping everything that was started ...\n")
            raise Interrupted(number)


@contextmanager
def interrupted_by_signals() -> Iterator[Interruption]:
    """Turn signals into Interrupted while the block runs; an ignored one stays ignored."""
    interruption = Interruption()
    with handling_stop_signals(interruption.handle):
        try:
            yield interruption
        except BaseException:
            # A library that the signal interrupted may have raised another error, such as a
            # cancelled query: the signal is still why the story ended.
            if interruption.taken is not None:
                raise Interrupted(interruption.taken) from None
            raise
