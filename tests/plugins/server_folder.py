"""The folders of one test run's servers, gone when it ends, or else when the next one begins."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil
import pytest

from deploy.one_machine.embedded import postgres_place
from deploy.one_machine.embedded.child import Child
from deploy.one_machine.embedded.pid_file import PidFile

PREFIX: Final = "no-wrong-door-tests-"
SERVERS: Final = {"kafka": signal.SIGTERM, "postgres": signal.SIGINT}
RUN: Final = "run.pid"
"""Names the test run. A server's file does not: tests kill who started it, and start it anew."""


@contextmanager
def run_folder() -> Iterator[Path]:
    """Give an empty folder that is left alone as long as this process is running."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        folder = Path(name)
        PidFile(folder / RUN).write(psutil.Process(), [])
        yield folder


@contextmanager
def outside_of_homes() -> Iterator[None]:
    """Let root's PostgreSQLs, of this process and of those that it starts, be in a folder here."""
    with run_folder() as folder, pytest.MonkeyPatch.context() as patch:
        folder.chmod(0o711)  # their accounts pass through it
        patch.setattr(postgres_place, "OUTSIDE", folder / "postgres")
        patch.setenv("NWD_POSTGRES_DATA", str(folder / "postgres"))
        yield


@contextmanager
def server_folder(name: str) -> Iterator[Path]:
    """Give an empty folder, after stopping what killed runs left in theirs."""
    sweep()
    with run_folder() as folder:
        yield folder / name


def sweep() -> None:
    """Stop the servers of runs that were killed, and take their folders away."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        if not (folder / RUN).exists() or PidFile(folder / RUN).owner():
            continue  # it has just begun, is still going, or takes its folder away by itself
        with suppress(FileNotFoundError):  # another run has just swept it, or taken its own away
            for path in list(folder.glob("*/*.pid")):
                child = Child(path.stem, path.parent, stop_signal=SERVERS[path.stem])
                child.stop_left_over(deadline_seconds=10)
        shutil.rmtree(folder, ignore_errors=True)
