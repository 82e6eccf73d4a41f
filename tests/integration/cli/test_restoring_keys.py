"""A backup is two things: an older database, and the newest keys."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes

import pytest
from sqlalchemy import create_engine, make_url, select

from consent_ledger.journal.vault import UnsealError
from consent_ledger.tables.register import participant
from deploy.one_machine.embedded.postgres_place import binaries
from schemas.identifiers import PassportNumber
from tests.integration.cli.conftest import Bus
from tests.plugins.database_server import fresh_database
from tests.support.given_servers import given_database


@pytest.fixture
def recovery_key(tmp_path: Path) -> Path:
    """Give the recovery key, as its keeper brings it."""
    path = tmp_path / "recovery.key"
    path.write_bytes(token_bytes(32))
    return path


@pytest.fixture
def restored(running: Bus, database_server: str, tmp_path: Path) -> Iterator[tuple[Bus, str, str]]:
    """Give the bus on the database of before somebody was erased, and two people: one is gone."""
    stays, goes = running.somebody(), running.somebody()
    dump = tmp_path / "dump.sql"
    program("pg_dump", "-f", dump, psql_url(running.settings["NWD_DATABASE_OWNER_URL"]))
    assert running.json("erasure", "start", goes, "--yes")["survivors"] == 0
    running.done("keys", "rotate")
    with fresh_database(database_server, template="template0") as url:
        program("psql", "-q", "-X", "-f", dump, psql_url(url))
        home = shutil.copytree(running.settings["NWD_HOME"], tmp_path / "home")
        changed = given_database(url) | {"NWD_HOME": str(home)}
        yield replace(running, settings=running.settings | changed), stays, goes


def psql_url(url: str) -> str:
    """Return an address as PostgreSQL's own programs take it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def program(name: str, *arguments: object) -> None:
    """Run a program of PostgreSQL."""
    command = [str(binaries() / name), *map(str, arguments)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - PostgreSQL's own


def opens(bus: Bus, number: str) -> bool:
    """Return whether somebody's key opens by the secrets as they are."""
    engine = create_engine(bus.settings["NWD_DATABASE_URL"])
    mine = participant.c.participant_id == number
    with engine.connect() as connection:
        sealed = connection.execute(select(participant.c.sealed_key).where(mine)).scalar_one()
    engine.dispose()
    with bus.hub() as hub:
        try:
            hub.vault.open_key(sealed, number)
        except UnsealError:
            return False
        return True


def test_an_older_database_opens_with_the_newest_keys_but_for_whoever_was_erased_since(
    running: Bus, restored: tuple[Bus, PassportNumber, PassportNumber], recovery_key: Path
) -> None:
    """By construction: without the export nobody opens, and in it they have no key."""
    old, stays, goes = restored
    file = recovery_key.with_name("keys")
    running.done("keys", "export", str(file), "--recovery-key", str(recovery_key))
    before = [opens(old, one) for one in (stays, goes)]

    done = old.json("keys", "import", str(file), "--recovery-key", str(recovery_key))

    assert before == [False, False]
    assert file.stat().st_mode & 0o777 == 0o600
    assert done["without_key"] == [goes]
    assert [opens(old, one) for one in (stays, goes)] == [True, False]
    assert len(old.json("export", stays)["events"]) == 3
    assert old.nwd("keys", "rotate").exit_code == 1
    old.nwd("erasure", "reapply", "--timeout", "0")
    old.done("keys", "rotate")
    assert len(old.json("export", stays)["events"]) == 3


def test_an_export_opens_with_its_recovery_key_alone(bus: Bus, recovery_key: Path) -> None:
    """What is no export, and what was altered, is refused."""
    file, other = recovery_key.with_name("keys"), recovery_key.with_name("other.key")
    other.write_bytes(token_bytes(32))
    bus.participant()
    bus.done("keys", "export", str(file), "--recovery-key", str(recovery_key))

    wrong = bus.nwd("keys", "import", str(file), "--recovery-key", str(other))
    short = bus.nwd("keys", "import", str(file), "--recovery-key", str(file))
    none = bus.nwd("keys", "export", str(file), "--recovery-key", str(file) + ".none")

    assert [one.exit_code for one in (wrong, short, none)] == [1, 1, 1]
    assert "does not open with that recovery key" in wrong.stderr
    assert "has not 32 bytes" in short.stderr
    assert "cannot be read" in none.stderr


def test_an_older_export_does_not_take_a_newer_database_s_people(
    bus: Bus, recovery_key: Path
) -> None:
    """Whoever was registered since would be lost: it is refused, and nothing changes."""
    file = recovery_key.with_name("keys")
    bus.done("keys", "export", str(file), "--recovery-key", str(recovery_key))
    bus.done("keys", "rotate")
    since = bus.participant()

    refused = bus.nwd("keys", "import", str(file), "--recovery-key", str(recovery_key))

    assert refused.exit_code == 1
    assert "newer than the export" in refused.stderr
    assert bus.json("export", since)["registration"]["participant_id"] == since
