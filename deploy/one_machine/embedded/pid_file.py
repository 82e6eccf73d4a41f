"""Which process runs in a folder, and which process started it, remembered in a file.

The system reuses process numbers: the start time and the command line identify the process.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from schemas.errors import BusError
from schemas.files import replace_file

# the system derives start times from its clock, which may be set in between
CLOCK_SLACK_SECONDS: Final = 2.0


class FolderInUseError(BusError):
    """A folder whose server belongs to another program that is still running."""


@dataclass(frozen=True)
class ProcessIdentity:
    """A process, distinct from any later one with the same number."""

    pid: int
    started_at: float  # seconds since 1970

    @classmethod
    def of(cls, process: psutil.Process) -> "ProcessIdentity":
        """Note the process; raises psutil.NoSuchProcess when it is gone."""
        return cls(process.pid, process.create_time())

    def find(self) -> psutil.Process | None:
        """Find the process, if it is still running."""
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.pid)
            age_difference = abs(process.create_time() - self.started_at)
            if age_difference <= CLOCK_SLACK_SECONDS and is_running(process):
                return process
        return None


def is_running(process: psutil.Process) -> bool:
    """Whether a process still does anything; one that only waits to be collected does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class PidFile:
    """The file that remembers a child process and its owner."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, child: psutil.Process, command: Sequence[str]) -> None:
        """Remember a child of this process, and with which command line it was started."""
        # the command as given: that of a process which has just begun may still read as empty
        content = _Content(
            ProcessIdentity.of(child), list(command), ProcessIdentity.of(psutil.Process())
        )
        replace_file(self._path, json.dumps(asdict(content), indent=1).encode())

    def remove(self) -> None:
        """Forget the child."""
        self._path.unlink(missing_ok=True)

    def owner(self) -> psutil.Process | None:
        """Find the process that started the child, if it is still running."""
        content = self._read()
        return content.owner.find() if content else None

    def left_over(self) -> psutil.Process | None:
        """Find the child of an owner that ended without stopping it.

        Raises FolderInUseError when that owner is still running.
        """
        content = self._read()
        child = content.child.find() if content else None
        if content is None or child is None or not _has_command(child, content.command):
            return None
        if content.owner.find():
            raise FolderInUseError(
                f"{self._path.parent} is in use: process {content.owner.pid} runs a server there "
                f"(process {child.pid}).",
                f"Stop process {content.owner.pid} first, or choose another folder.",
            )
        return child

    def _read(self) -> "_Content | None":
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
            return _Content(
                ProcessIdentity(**content["child"]),
                content["command"],
                ProcessIdentity(**content["owner"]),
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None  # no file, or one that a power cut left half written


@dataclass(frozen=True)
class _Content:
    child: ProcessIdentity
    command: list[str]
    owner: ProcessIdentity


def _has_command(process: psutil.Process, command: list[str]) -> bool:
    try:
        return process.cmdline() == command
    except psutil.Error:
        return False
