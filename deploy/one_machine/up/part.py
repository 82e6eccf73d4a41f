"""A part of the bus, `nwd run ...`, as a child process whose lines are passed on."""

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Final

from deploy.one_machine.embedded.child import LOG_LINES_SHOWN, ServerFailedError

LAST_LINES_SECONDS: Final = 2.0

TellLine = Callable[[str, str], None]
"""Passes on a line that a part said: (part, line)."""


class ChildProcess:
    """One `nwd run ...`, in a session of its own: a Ctrl-C reaches `nwd up` alone.

    `environment` goes over the one of this process.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        tell_line: TellLine,
    ) -> None:
        self.name: Final = name
        self._command = [sys.executable, "-P", "-m", "deploy.cli.parent_watch", *arguments]
        self._environment = dict(environment)
        self._tell_line = tell_line
        self._lines: deque[str] = deque(maxlen=LOG_LINES_SHOWN)
        self._process: subprocess.Popen[str] | None = None
        self._passing_on: threading.Thread | None = None

    def start(self) -> None:
        """Run the program; it needs no more than to be running. Raises ServerFailedError."""
        self._lines.clear()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this Python, on our own program
                self._command,
                stdin=subprocess.PIPE,  # never written to; see deploy.cli.parent_watch
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=os.environ | self._environment | {"PYTHONUNBUFFERED": "1"},
                start_new_session=True,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            raise ServerFailedError(f"{self.name} cannot be run: {error.strerror}.") from None
        self._passing_on = threading.Thread(
            target=self._pass_on, args=(self._process.stdout,), daemon=True
        )
        self._passing_on.start()

    def restart(self) -> None:
        """Start it again. Raises ServerFailedError."""
        self.stop(0)
        self.start()

    def is_alive(self) -> bool:
        """Whether the process is running."""
        return self._process is not None and self._process.poll() is None

    def exit_code(self) -> int | None:
        """Say how the process ended, a signal as its negative; None while it runs."""
        return self._process.poll() if self._process else None

    def last_words(self) -> str:
        """Give the last lines that an ended part said."""
        if self._passing_on:
            self._passing_on.join(LAST_LINES_SECONDS)
        return "\n".join(self._lines)

    def ask_to_stop(self) -> None:
        """Ask the process to end; do not wait."""
        if self._process:
            self._process.send_signal(signal.SIGTERM)  # does nothing to one that has ended

    def stop(self, deadline_seconds: float) -> None:
        """Wait for the process to end; kill it when the time is over. Can be repeated."""
        if self._process is None:
            return
        try:
            self._process.wait(deadline_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._passing_on:
            self._passing_on.join(LAST_LINES_SECONDS)
        if self._process.stdin:
            self._process.stdin.close()
        self._process = None

    def _pass_on(self, said: IO[str]) -> None:
        with said:
            for line in said:
                text = line.rstrip()
                self._lines.append(text)
                self._tell_line(self.name, text)
