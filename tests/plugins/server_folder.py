"""The folder of the embedded servers of one test run, gone when the run ends."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.embedded.child import Child
from deploy.embedded.pid_file import PidFile

PREFIX = "no-wrong-door-tests-"
SERVERS = {"kafka": signal.SIGTERM, "postgres": signal.SIGINT}


@contextmanager
def server_folder(name: str) -> Iterator[Path]:
    """Give an empty folder, after stopping what a killed run left in such a folder."""
    _sweep()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        yield Path(folder) / name


def _sweep() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(FileNotFoundError):  # another run has just ended, and takes its folder away
            for path in list(folder.glob("*/*.pid")):
                _stop_left_over(path)


def _stop_left_over(path: Path) -> None:
    if PidFile(path).owner():
        return  # another run that is still going
    child = Child(path.stem, path.parent, stop_signal=SERVERS[path.stem])
    child.stop_left_over(deadline_seconds=10)
    shutil.rmtree(path.parents[1], ignore_errors=True)
