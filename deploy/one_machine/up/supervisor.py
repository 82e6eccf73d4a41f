"""Supervises child processes: reports each end, and restarts the child, however often."""

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
        """Its name on the screen and in metrics."""

    def restart(self) -> None:
        """Start it again, where it was. Raises BusError when it does not start."""

    def is_alive(self) -> bool:
        """Whether its process is running."""

    def exit_code(self) -> int | None:
        """Return its exit code, a signal as its negative; None while it runs."""

    def log_tail(self) -> str:
        """Return the last lines that it printed."""


class Watch:
    """One child, started before this is made, and when it is due to be restarted."""

    def __init__(
        self,
        child: Watched,
        on_progress: Callable[[str], None],
        *,
        on_restart: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._child = child
        self._on_progress = on_progress
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
                self._ended(_ending(self._child.exit_code()), self._child.log_tail())
        elif self._clock() >= self._due_at:
            try:
                self._child.restart()
            except BusError as error:
                self._ended("did not start", str(error))
            else:
                self._started()
                self._on_progress(f"{self._child.name} was started again.")
                self._on_restart()

    def reset_backoff(self) -> None:
        """Restart it without a wait, as after a first end: a server that it needs is away."""
        self._restarts.reset_backoff()
        if self._due_at is not None:
            self._due_at = self._clock()

    def _started(self) -> None:
        self._due_at = None
        self._restarts.started(self._clock())
        PART_RUNNING.labels(self._child.name).set(1)

    def _ended(self, how: str, log_tail: str) -> None:
        name = self._child.name
        CHILDREN_ENDED.labels(name).inc()
        PART_RUNNING.labels(name).set(0)
        tail = f" Its last words:\n{log_tail}" if log_tail else " It said nothing."
        self._on_progress(f"{name} {how}; it will be started again.{tail}")
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
    """Supervise servers and parts until `stop` is made; call `on_up` once, when all of it is up.

    Parts wait for the servers: without them they would end again at once.
    """
    was_up = False
    while not stop.is_made:
        if not was_up and is_up():
            was_up = True
            on_up()
        for server in servers:
            if not stop.is_made:
                server.look()
        servers_are_up = all(server.is_up for server in servers)
        for part in parts:
            if servers_are_up:
                part.look()
            else:
                part.reset_backoff()
        time.sleep(LOOK_SECONDS)


def _ending(code: int | None) -> str:
    if code is not None and code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
