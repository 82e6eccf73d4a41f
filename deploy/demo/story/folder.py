"""The folder of one demo: a temporary one, or one that is kept."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from deploy.one_machine.embedded.child import Child
from deploy.one_machine.embedded.pid_file import FolderInUseError
from deploy.one_machine.embedded.postgres_place import forget_data
from deploy.one_machine.embedded.server import STOP_SECONDS
from deploy.one_machine.up.home_lock import HomeError, hold_home
from schemas.errors import BusError

PREFIX: Final = "no-wrong-door-demo-"
_STOP_SIGNALS: Final = {"kafka": signal.SIGTERM, "postgres": signal.SIGINT}


@contextmanager
def demo_folder(keep: Path | None) -> Iterator[Path]:
    """Yield a folder for the demo, locked against another `nwd`; remove it unless it is `keep`.

    What a killed demo left behind is stopped and removed first. Only this user can read the files
    that are made while the block runs, here and by what is started.

    Raises BusError when `keep` holds something already, or cannot be made.
    """
    _sweep(Path(tempfile.gettempdir()))
    with _private_files():
        if keep is None:
            with tempfile.TemporaryDirectory(prefix=PREFIX) as made, hold_home(Path(made)):
                try:
                    yield Path(made)
                finally:
                    forget_data(Path(made) / "postgres")
        else:
            with _new_folder(keep) as folder:
                yield folder


@contextmanager
def _private_files() -> Iterator[None]:
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def _new_folder(keep: Path) -> Iterator[Path]:
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise BusError(
            f"{keep} is there already, and not an empty folder.",
            "The demo tells its story from the beginning: name a folder that is new.",
        )
    with hold_home(keep.resolve()):
        yield keep.resolve()


def _sweep(temporary: Path) -> None:
    for folder in temporary.glob(f"{PREFIX}*"):
        with suppress(FolderInUseError, HomeError), hold_home(folder):
            for name, stop_signal in _STOP_SIGNALS.items():
                child = Child(name, folder / name, stop_signal=stop_signal)
                child.stop_left_over(STOP_SECONDS)
            forget_data(folder / "postgres")
            shutil.rmtree(folder, ignore_errors=True)
