"""Nobody but whoever starts the bus can read what it writes, and no folder above it is opened."""

import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.one_machine.embedded.postgres_place import DATA
from tests.e2e.demo_process import DemoProcess
from tests.plugins.server_folder import run_folder
from tests.support.up_process import Load, UpProcess, events_of, hub_at, register_people

OF_OTHERS = 0o077


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Let new files of this process, and of those that it starts, have other rights."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def rights(folder: Path) -> dict[Path, int]:
    """Return the rights of everything in a folder, but of links, and of what goes meanwhile."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        if not stat.S_ISLNK(mode):
            found[path] = stat.S_IMODE(mode)
    return found


def rights_above(folder: Path) -> dict[Path, int]:
    """Return the rights of every folder above this one."""
    return {step: stat.S_IMODE(step.stat().st_mode) for step in folder.parents}


def others_may(found: dict[Path, int]) -> dict[Path, str]:
    """Return what others have any right to."""
    return {path: oct(mode) for path, mode in found.items() if mode & OF_OTHERS}


def test_nothing_that_a_demo_keeps_is_for_others(tmp_path: Path) -> None:
    """Its made-up return and its log included."""
    with umask(0o000):
        demo = DemoProcess(tmp_path, "--keep", str(tmp_path / "kept"))
    assert demo.wait() == 0, demo.stderr.read_text()
    kept = rights(tmp_path / "kept")
    outside = (tmp_path / "kept" / "postgres" / DATA).resolve().parent

    assert any(path.suffix == ".xml" for path in kept)
    assert others_may(kept | rights(outside)) == {}


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_nothing_in_a_home_is_for_others_whatever_the_umask(mask: int) -> None:
    """Kafka's segments, PostgreSQL's data wherever they are, secrets, logs, locks, addresses."""
    with run_folder() as folder:
        home = folder / "home"
        above = rights_above(home)
        with umask(mask):
            up = UpProcess(home)
        try:
            up.wait_until_up()
            with hub_at(home) as hub:
                people = register_people(hub, 1)
            with Load(home, events_of(people)) as load:
                load.wait_for(1)
            found = rights(home) | rights((home / "postgres" / DATA).resolve().parent)
            assert rights_above(home) == above
        finally:
            assert up.end(signal.SIGINT) == 0

    names = {path.name for path in found}
    assert {"kafka", "addresses.json", "pepper", "pg_hba.conf", "postgres-passwords"} <= names
    assert any(name.endswith(".log") for name in names)
    assert others_may(found) == {}
