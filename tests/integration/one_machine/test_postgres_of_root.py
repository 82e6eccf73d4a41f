"""Root's PostgreSQL: under an account of its own, with data outside of closed folders."""

import os
import pwd
import shutil
from pathlib import Path

import psutil
import pytest

from deploy.one_machine.embedded import postgres_place
from deploy.one_machine.embedded.child import ServerFailedError
from deploy.one_machine.embedded.postgres import EmbeddedPostgres
from deploy.one_machine.embedded.postgres_place import binaries

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start another's server")


def test_started_by_root_it_runs_under_an_account_that_nobody_else_has(tmp_path: Path) -> None:
    """Its data are out of a closed folder, whose rights stay as they were; no two share one."""
    tmp_path.chmod(0o700)
    with EmbeddedPostgres(tmp_path / "a") as first, EmbeddedPostgres(tmp_path / "b") as second:
        users = {psutil.Process(one.pid).uids().real for one in (first, second)}
        owners = {one.data.stat().st_uid for one in (first, second)}

        assert len(users) == 2
        assert users == owners
        assert users.isdisjoint(user.pw_uid for user in pwd.getpwall())
        assert {one.data.parent.stat().st_mode & 0o777 for one in (first, second)} == {0o700}
        assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_programs_in_a_closed_folder_are_copied_to_where_the_account_gets_to_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the bus is installed in root's own folder; the second start finds the copy."""
    tmp_path.chmod(0o700)
    package, site = binaries().parents[1:3]
    for part in (package, site / f"{package.name}.libs"):
        shutil.copytree(part, tmp_path / part.name, symlinks=True)
    installed = tmp_path / binaries().relative_to(site)
    monkeypatch.setattr(postgres_place, "binaries", lambda: installed)

    for _ in range(2):
        with EmbeddedPostgres(tmp_path / "home") as postgres:
            program = Path(psutil.Process(postgres.pid).exe())

            assert postgres_place.OUTSIDE in program.parents
            assert program.stat().st_uid == 0


def test_data_that_are_gone_are_missed_and_not_begun_anew(tmp_path: Path) -> None:
    """An empty database beside the secrets of a full one would be taken for the whole bus."""
    with EmbeddedPostgres(tmp_path) as postgres:
        kept = postgres.data.parent
    kept.rename(tmp_path / "elsewhere")

    with pytest.raises(ServerFailedError, match="are gone"):
        EmbeddedPostgres(tmp_path).start()


def test_a_place_that_its_account_cannot_pass_is_refused(tmp_path: Path) -> None:
    """Rather than opened to everybody."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(ServerFailedError, match="cannot pass"):
        EmbeddedPostgres(tmp_path / "home", outside=closed / "postgres").start()

    assert closed.stat().st_mode & 0o777 == 0o700
