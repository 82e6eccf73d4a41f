"""The databases of a provider's own system: each with an outbox in a schema of its own."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from producers.outbox.outbox import table_sql
from tests.plugins.database_server import connect, fresh_database

TABLE: Final = ("Desk", "outbox")
_REPORT: Final = "CREATE TABLE report (line text);"
_START_SECONDS: Final = 60.0
_OWN: Final = "--no-defaults"


@contextmanager
def postgresql_crm(server: str) -> Iterator[str]:
    """Give the URL of a new database of a PostgreSQL, with the table that `nwd` prints."""
    with fresh_database(server, template="template1") as url:
        with connect(url) as connection:
            connection.execute('CREATE SCHEMA "Desk"')
            connection.execute(_REPORT.encode())
            connection.execute('SET search_path TO "Desk"')
            connection.execute(table_sql("postgresql").encode())
        yield url


@contextmanager
def mariadb_crm(server: str) -> Iterator[str]:
    """Give the URL of a new database of a MariaDB, whose own client makes the printed table."""
    socket_file = str(Path(server) / "s")
    url = URL.create(
        "mariadb+pymysql",
        username="root",
        database="Desk",
        host="localhost",
        query={"unix_socket": socket_file},
    )

    def tell(sql: str) -> None:
        subprocess.run(  # noqa: S603 - as it is installed
            ["mariadb", _OWN, f"--socket={socket_file}", "--user=root"],  # noqa: S607 - as it is installed
            input=sql,
            text=True,
            check=True,
        )

    tell(f"CREATE DATABASE Desk; USE Desk; {_REPORT}\n{table_sql('mariadb')}")
    try:
        yield url.render_as_string()
    finally:
        tell("DROP DATABASE Desk")


@contextmanager
def mariadb_server() -> Iterator[str]:
    """Give the folder of a MariaDB that listens on a socket in it, `s`, and on nothing else."""
    own_user = ["--user=mysql"] if os.geteuid() == 0 else []
    folder = Path(tempfile.mkdtemp(prefix="nwd-mariadb-"))  # a socket's path is short
    if own_user:
        shutil.chown(folder, "mysql")
    data = f"--datadir={folder / 'data'}"
    try:
        subprocess.run(  # noqa: S603 - as it is installed
            [
                *("mariadb-install-db", _OWN, data, *own_user),
                *("--auth-root-authentication-method=normal", "--skip-test-db"),
            ],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        with subprocess.Popen(  # noqa: S603 - as it is installed
            [
                *("mariadbd", _OWN, data, *own_user),
                *(f"--socket={folder / 's'}", "--skip-networking"),
            ],
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                _wait_for(folder / "s")
                yield str(folder)
            finally:
                server.terminate()
    finally:
        shutil.rmtree(folder)


def _wait_for(path: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(path)) == 0:
                return
        assert time.monotonic() < until, "MariaDB does not start"
        time.sleep(0.05)
