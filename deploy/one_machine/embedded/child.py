"""A server program that runs beside this process and never outlives it unnoticed."""

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import psutil

from deploy.one_machine.embedded.account import ServerAccount
from deploy.one_machine.embedded.pid_file import PidFile, is_running
from schemas.errors import BusError

POLL_SECONDS: Final = 0.05
LOG_LINES_SHOWN: Final = 15
KILL_DEADLINE_SECONDS: Final = 10.0
PRIVATE: Final = 0o077
"""The umask under which only their owner can read new files."""


class ServerFailedError(BusError):
    """An embedded server that did not start, or did not answer in time."""


class Child:
    """One program in a folder: `<name>.log` gets what it prints, `<name>.pid` who runs it.

    It has a session of its own, so a Ctrl-C in the terminal reaches this process only, which then
    stops its children in the right order. When this process is killed, the next start on the same
    folder finds the child by its pid file and stops it.
    """

    def __init__(self, name: str, folder: Path, *, stop_signal: int) -> None:
        self.log = folder / f"{name}.log"
        self._name = name
        self._folder = folder
        self._stop_signal = stop_signal
        self._pid_file = PidFile(folder / f"{name}.pid")
        self._process: psutil.Popen | None = None

    @property
    def pid(self) -> int:
        """The number of the running process. Raises ServerFailedError when none was started."""
        if self._process is None:
            raise ServerFailedError(f"The embedded {self._name} is not started.")
        return self._process.pid

    def start(self, command: Sequence[str], *, run_as: ServerAccount | None = None) -> None:
        """Run the program, under an account where one is given (only root may).

        Raises ServerFailedError when the program cannot be run at all.
        """
        with suppress(FileNotFoundError):  # what the last run printed stays readable, as one file
            self.log.replace(self.log.with_suffix(".log.previous"))
        self.log.touch(mode=0o600)
        with self.log.open("wb") as log:
            try:
                self._process = psutil.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self._folder,
                    start_new_session=True,
                    **as_account(run_as),
                )
            except OSError as error:
                raise ServerFailedError(
                    f"The embedded {self._name} cannot be run: {error.strerror}.",
                    f"Check that {command[0]} is there and may be executed.",
                ) from error
        with suppress(psutil.NoSuchProcess):  # it may have ended already: wait_until() will say so
            self._pid_file.write(self._process, command)

    def is_alive(self) -> bool:
        """Whether the program was started and is still running."""
        return self._process is not None and is_running(self._process)

    def exit_code(self) -> int | None:
        """Return the exit code, a signal as its negative; None while it runs or never ran."""
        if self._process is None or self.is_alive():
            return None
        return self._process.wait(KILL_DEADLINE_SECONDS)

    def log_tail(self) -> str:
        """Return the last lines that the program printed."""
        try:
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        return "\n".join(lines[-LOG_LINES_SHOWN:])

    def wait_until(self, is_ready: Callable[[], bool], deadline_seconds: float) -> None:
        """Poll `is_ready` until it holds.

        Raises ServerFailedError, with the end of its log, when the program ends or the time is
        over; the program is killed then.
        """
        try:
            self._poll(is_ready, deadline_seconds)
        except BaseException:  # a Ctrl-C too must not leave it running
            self.kill()
            raise

    def stop(self, deadline_seconds: float, by: int | None = None) -> None:
        """End the program: ask it to, by its own signal unless another is given, and wait.

        Kill it when the time is over. Can be repeated.
        """
        self._end(deadline_seconds, self._stop_signal if by is None else by)

    def kill(self) -> None:
        """End the program at once, with all its children, as a crash would."""
        self._end(0, None)

    def stop_left_over(self, deadline_seconds: float) -> int | None:
        """Stop what a killed run left in this folder; return its pid. Raises FolderInUseError."""
        process = self._pid_file.left_over()
        if process is None:
            return None
        end(process, self._stop_signal, deadline_seconds)
        self._pid_file.remove()
        return process.pid

    def _poll(self, is_ready: Callable[[], bool], deadline_seconds: float) -> None:
        until = time.monotonic() + deadline_seconds
        while not is_ready():
            if not self.is_alive():
                raise self._failure("ended before it was ready")
            if time.monotonic() > until:
                raise self._failure(f"gave no answer within {deadline_seconds:g} s")
            time.sleep(POLL_SECONDS)

    def _failure(self, problem: str) -> ServerFailedError:
        tail = self.log_tail() or "(it printed nothing)"
        return ServerFailedError(
            f"The embedded {self._name} {problem}. Its last words:\n{tail}",
            f"Its whole log is {self.log}.",
        )

    def _end(self, deadline_seconds: float, signal: int | None) -> None:
        if self._process is not None:
            end(self._process, signal, deadline_seconds)
            self._process.wait(KILL_DEADLINE_SECONDS)  # collects it
            self._process = None
            self._pid_file.remove()


def as_account(account: ServerAccount | None) -> dict[str, Any]:
    """Return the options that run a process under an account, or as ours where none is given.

    Either way nobody else can read the files that it makes.
    """
    who = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    return who | {"umask": PRIVATE}


def end(process: psutil.Process, signal: int | None, deadline_seconds: float) -> None:
    """End a process and its children: by a signal first, if one is given, then by SIGKILL."""
    try:
        family = [*process.children(recursive=True), process]
        if signal is not None:
            process.send_signal(signal)
            _wait_until_gone(family, deadline_seconds)
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.kill()
    except psutil.NoSuchProcess:
        return
    _wait_until_gone(family, KILL_DEADLINE_SECONDS)


def _wait_until_gone(family: Sequence[psutil.Process], deadline_seconds: float) -> None:
    until = time.monotonic() + deadline_seconds
    while any(is_running(member) for member in family) and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
