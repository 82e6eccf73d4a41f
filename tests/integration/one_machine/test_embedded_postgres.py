import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError

from deploy.one_machine.embedded import postgres_place
from deploy.one_machine.embedded.child import ServerFailedError
from deploy.one_machine.embedded.pid_file import FolderInUseError
from deploy.one_machine.embedded.postgres import EmbeddedPostgres

# what a run of the bus does, up to the point where it is killed
PARENT = """
import sys, time
from pathlib import Path
from deploy.one_machine.embedded.postgres import EmbeddedPostgres
postgres = EmbeddedPostgres(Path(sys.argv[1]), outside=Path(sys.argv[2]))
postgres.start()
print(postgres.pid, postgres.superuser_url, flush=True)
time.sleep(300)
"""


@pytest.fixture
def postgres() -> Iterator[EmbeddedPostgres]:
    """Give a server of the test's own; it starts in under a second.

    Its folder's name is short enough for a socket's, as that of most homes is.
    """
    with TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "an é") as postgres:
        yield postgres


def run(url: str, *statements: str) -> list[object]:
    """Run statements, commit them, and give the first column of the last result."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                result = connection.execute(text(statement))
            return list(result.scalars()) if result.returns_rows else []
    finally:
        engine.dispose()


def test_it_is_the_version_it_says_with_fsync_and_checksums_on(postgres: EmbeddedPostgres) -> None:
    """What is committed is on the disk."""
    assert [f"{postgres.version}"] == run(postgres.superuser_url, "SHOW server_version")
    assert postgres.version.startswith("18.")
    assert run(postgres.superuser_url, "SHOW fsync") == ["on"]
    assert run(postgres.superuser_url, "SHOW data_checksums") == ["on"]
    assert run(postgres.superuser_url, "SHOW timezone") == ["UTC"]


def test_it_sorts_by_code_point_whatever_the_machine_speaks(postgres: EmbeddedPostgres) -> None:
    """The same query gives the same order everywhere."""
    words = "SELECT w FROM (VALUES ('b'), ('B'), ('a'), ('é')) AS t (w) ORDER BY w"

    assert run(postgres.superuser_url, words) == ["B", "a", "b", "é"]
    assert run(postgres.superuser_url, "SELECT upper('é')") == ["É"]


def test_it_listens_on_no_network_address(postgres: EmbeddedPostgres) -> None:
    """Only this user's socket leads to it."""
    listening = [
        connection
        for connection in psutil.Process(postgres.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    socket_folder = postgres._sockets

    assert listening == []
    assert socket_folder is not None
    assert socket_folder.stat().st_mode & 0o077 == 0


def test_stopping_leaves_no_process_and_a_restart_finds_everything(
    postgres: EmbeddedPostgres,
) -> None:
    """Rows and the address outlast the process, even with a connection left open."""
    run(postgres.superuser_url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")
    family = [psutil.Process(postgres.pid), *psutil.Process(postgres.pid).children()]
    url = postgres.superuser_url
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        postgres.stop()
        connection.invalidate()
    engine.dispose()
    assert not any(process.is_running() for process in family)
    assert not postgres.is_alive()

    postgres.start()

    assert run(postgres.superuser_url, "SELECT n FROM kept") == [1]
    assert postgres.superuser_url == url


def test_a_server_that_is_dropped_leaves_no_process_and_writes_nothing_down(
    postgres: EmbeddedPostgres,
) -> None:
    """It is told to end at once, which frees its shared memory, as SIGKILL would not."""
    family = [psutil.Process(postgres.pid), *psutil.Process(postgres.pid).children()]
    run(postgres.superuser_url, "CREATE TABLE dropped (n int)")

    postgres.drop()

    assert not any(process.is_running() for process in family)
    assert not postgres.is_alive()
    assert "received immediate shutdown request" in postgres.log_tail()
    assert "checkpoint" not in postgres.log_tail()


def test_a_crash_under_load_loses_nothing_that_was_committed(postgres: EmbeddedPostgres) -> None:
    """After a kill -9 in the midst of writing, every committed row is there, once started again."""
    run(postgres.superuser_url, "CREATE TABLE kept (n int)")
    committed: list[int] = []

    def write_on() -> None:
        engine = create_engine(postgres.superuser_url)
        try:
            for number in range(1_000_000):
                with engine.begin() as connection:
                    connection.execute(text("INSERT INTO kept VALUES (:n)"), {"n": number})
                committed.append(number)
        except DBAPIError:
            pass
        finally:
            engine.dispose()

    writer = threading.Thread(target=write_on)
    writer.start()
    until = time.monotonic() + 20
    while len(committed) < 100 and time.monotonic() < until:
        time.sleep(0.005)

    os.kill(postgres.pid, signal.SIGKILL)
    postgres.restart()
    writer.join(20)

    assert len(committed) >= 100
    assert set(committed) <= set(run(postgres.superuser_url, "SELECT n FROM kept"))


def test_killing_ends_the_backends_too(postgres: EmbeddedPostgres) -> None:
    """Backends that outlive their server would hold its memory and stop the next one."""
    family = [psutil.Process(postgres.pid), *psutil.Process(postgres.pid).children()]
    assert len(family) > 3

    postgres.kill()

    assert not any(
        process.is_running() and process.status() != psutil.STATUS_ZOMBIE for process in family
    )


def test_a_lock_file_with_the_number_of_another_process_does_not_stop_it(
    postgres: EmbeddedPostgres,
) -> None:
    """After a power cut the number in postmaster.pid may be anybody's."""
    lock = postgres.data / "postmaster.pid"
    content = lock.read_text().splitlines()
    postgres.kill()
    # of the same user: the one case in which PostgreSQL takes it for a running server
    with subprocess.Popen(["/bin/sleep", "60"], user=lock.stat().st_uid) as other:
        lock.write_text("\n".join([str(other.pid), *content[1:]]) + "\n")

        postgres.start()

        assert run(postgres.superuser_url, "SELECT 1") == [1]
        other.kill()


def test_what_a_killed_parent_left_is_stopped_and_its_rows_are_there(tmp_path: Path) -> None:
    """After a kill -9 of the parent, the next start on the folder finds its server and says so."""
    with subprocess.Popen(  # noqa: S603 - this Python, on a script of ours
        [sys.executable, "-c", PARENT, str(tmp_path), str(postgres_place.OUTSIDE)],
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout
        pid, url = parent.stdout.readline().split()
        parent.kill()
    run(url, "CREATE TABLE kept (n int)", "INSERT INTO kept VALUES (1)")

    with EmbeddedPostgres(tmp_path) as postgres:
        assert postgres.stopped_left_over == int(pid)
        assert postgres.superuser_url == url
        assert run(postgres.superuser_url, "SELECT n FROM kept") == [1]


def test_a_folder_in_use_is_refused(postgres: EmbeddedPostgres) -> None:
    """A second server on the same folder would ruin the first."""
    with pytest.raises(FolderInUseError):
        EmbeddedPostgres(postgres._folder).start()

    assert run(postgres.superuser_url, "SELECT 1") == [1]


@pytest.mark.parametrize("name", ["long" * 40, "a,b"])
def test_a_folder_unfit_for_a_socket_gets_another_for_it(tmp_path: Path, name: str) -> None:
    """A Unix socket's path holds about a hundred bytes, and no comma; a home folder may not fit."""
    with EmbeddedPostgres(tmp_path / name) as postgres:
        sockets = postgres._sockets

        assert sockets is not None
        assert tmp_path not in sockets.parents
        assert run(postgres.superuser_url, "SELECT 1") == [1]
        postgres.kill()
        postgres.start()
        assert postgres._sockets == sockets

    assert not sockets.exists()


def test_an_interrupted_first_start_leaves_nothing_half_made(
    tmp_path: Path,
) -> None:
    """A folder in which the database was not finished is begun anew."""
    half = tmp_path / "data.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    with EmbeddedPostgres(tmp_path) as postgres:
        assert run(postgres.superuser_url, "SELECT 1") == [1]


def test_no_value_of_a_refused_row_reaches_the_log(postgres: EmbeddedPostgres) -> None:
    """A log is read by people who may not see what the tables hold."""
    run(postgres.superuser_url, "CREATE TABLE people (name text PRIMARY KEY)")
    with pytest.raises(DBAPIError):
        run(
            postgres.superuser_url,
            "INSERT INTO people VALUES ('Zebedee')",
            "INSERT INTO people VALUES ('Zebedee')",
        )

    log = postgres._child.log.read_text()
    assert "duplicate key" in log
    assert "Zebedee" not in log


def test_a_setting_that_postgres_refuses_is_an_error_in_its_own_words(tmp_path: Path) -> None:
    """Further settings go over ours, and a wrong one is shown, not swallowed."""
    postgres = EmbeddedPostgres(tmp_path, settings={"work_mem": "plenty"})

    with pytest.raises(ServerFailedError, match=r"work_mem"):
        postgres.start()

    assert not postgres.is_alive()


def test_nobody_logs_in_without_the_password_of_the_file(postgres: EmbeddedPostgres) -> None:
    """Also who gets to the socket, be it as the superuser."""
    for url in (postgres.url, postgres.owner_url, postgres.superuser_url):
        made = make_url(url).difference_update_query(["passfile"])
        assert run(url, "SELECT 1") == [1]
        for word in (None, "guessed"):
            with pytest.raises(OperationalError, match="password"):
                run(made.set(password=word).render_as_string(hide_password=False), "SELECT 1")
    rules = run(
        postgres.superuser_url, "SELECT DISTINCT auth_method FROM pg_hba_file_rules ORDER BY 1"
    )

    assert rules == ["scram-sha-256"]


def test_neither_the_owner_nor_the_application_is_a_superuser(postgres: EmbeddedPostgres) -> None:
    """Nor can either make one, or a role, or a database, or read the server's files."""
    for url in (postgres.url, postgres.owner_url):
        for statement in (
            "SET ROLE postgres",
            "SET SESSION AUTHORIZATION postgres",
            "CREATE ROLE other",
            "COPY (SELECT 1) TO PROGRAM 'true'",
            "SELECT pg_read_file('pg_hba.conf')",
        ):
            with pytest.raises(DBAPIError, match="permission denied"):
                run(url, statement)
        rights = "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls"
        assert run(url, f"{rights} FROM pg_roles WHERE rolname = session_user") == [False]


def test_passwords_that_are_lost_are_made_anew(postgres: EmbeddedPostgres) -> None:
    """Whoever may start the server gets in again, with the data as they were."""
    run(postgres.superuser_url, "CREATE TABLE kept AS SELECT 1 AS n")
    before = postgres._passwords.read_text()
    postgres.stop()
    postgres._passwords.unlink()

    postgres.start()

    assert run(postgres.superuser_url, "SELECT n FROM kept") == [1]
    assert run(postgres.url, "SELECT 1") == [1]
    assert postgres._passwords.read_text() != before


def test_the_data_of_an_earlier_version_go_on_with_logins_of_their_own(tmp_path: Path) -> None:
    """They stood in the folder, without passwords, and everything was the superuser's."""
    with EmbeddedPostgres(tmp_path) as old:
        run(
            old.superuser_url,
            "CREATE SCHEMA ledger",
            "CREATE TABLE ledger.kept AS SELECT 1 AS n",
            "CREATE TABLE ledger.numbered (n bigserial)",
            "CREATE FUNCTION ledger.nothing() RETURNS int RETURN 1",
        )
        data = old.data
    if data.parent != tmp_path:
        (tmp_path / "data").unlink()
        data.rename(tmp_path / "data")
    (tmp_path / "passwords").unlink()

    with EmbeddedPostgres(tmp_path) as postgres:
        assert run(postgres.owner_url, "ALTER TABLE ledger.kept ADD m int", "SELECT 1") == [1]
        assert run(postgres.owner_url, "DROP SCHEMA ledger CASCADE", "SELECT 1") == [1]


def test_the_address_of_a_server_that_was_never_started_is_an_error(tmp_path: Path) -> None:
    """Nobody gets an address at which nothing listens."""
    with pytest.raises(ServerFailedError, match="not started"):
        _ = EmbeddedPostgres(tmp_path).url
