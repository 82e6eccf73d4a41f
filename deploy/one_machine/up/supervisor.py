"""Watches what runs, tells of what ended, and starts it again, however often."""

import signal
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from deploy.metrics import CHILDREN_ENDED, PART_RUNNING
from deploy.one_machine.up.restarts import Restarts
from deploy.stop_signals import StopRequest
from schemas.errors import BusError

LOOK_SECONDS: Final = 0.1


class Watched(Protocol):
    """A child: an embedded server, or a part of the bus."""

    @property
    def name(self) -> str:
        """What it is called on the screen and in metrics."""

    def restart(self) -> None:
        """Start it again, where it was. Raises BusError when it does not start."""

    def is_alive(self) -> bool:
        """Whether its process is running."""

    def exit_code(self) -> int | None:
        """Say how it ended, a signal as its negative; None while it runs."""

    def last_words(self) -> str:
        """Give the last lines that it printed."""


class Watch:
    """One child and what is to become of it. It has been started when this is made."""

    def __init__(
        self,
        child: Watched,
        tell: Callable[[str], None],
        *,
        on_restart: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._child = child
        self._tell = tell
        self._on_restart = on_restart
        self._clock = clock
        self._restarts = Restarts()
        self._due_at: float | None = None
        self._started()

    @property
    def is_up(self) -> bool:
        """Whether it was running at the last look."""
        return self._due_at is None

    def look(self) -> None:
        """See whether it runs, and start it again where that is due."""
        if self._due_at is None:
            if not self._child.is_alive():
                self._ended(_ending(self._child.exit_code()), self._child.last_words())
        elif self._clock() >= self._due_at:
            try:
                self._child.restart()
            except BusError as error:
                self._ended("did not start", str(error))
            else:
                self._started()
                self._tell(f"{self._child.name} was started again.")
                self._on_restart()

    def excuse(self) -> None:
        """Do not count that it ends now, nor let it wait: a server that it needs is away."""
        self._restarts.excuse()
        if self._due_at is not None:
            self._due_at = self._clock()

    def _started(self) -> None:
        self._due_at = None
        self._restarts.started(self._clock())
        PART_RUNNING.labels(self._child.name).set(1)

    def _ended(self, how: str, last_words: str) -> None:
        name = self._child.name
        CHILDREN_ENDED.labels(name).inc()
        PART_RUNNING.labels(name).set(0)
        said = f" Its last words:\n{last_words}" if last_words else " It said nothing."
        self._tell(f"{name} {how}; it will be started again.{said}")
        now = self._clock()
        self._due_at = now + self._restarts.ended(now)


def watch(
    servers: Sequence[Watch],
    parts: Sequence[Watch],
    stop: StopRequest,
    *,
    is_up: Callable[[], bool],
    on_up: Callable[[], None],
) -> None:
    """Look after servers and parts until told to stop; call `on_up` once, when all of it is up.

    Parts wait for the servers: without them they would end again at once. As soon as these are
    back, so are those.
    """
    was_up = False
    while not stop.is_made:
        if not was_up and is_up():
            was_up = True
            on_up()
        for one in servers:
            if not stop.is_made:
                one.look()
        if all(one.is_up for one in servers):
            for one in parts:
                one.look()
        else:
            for one in parts:
                one.excuse()
        time.sleep(LOOK_SECONDS)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
