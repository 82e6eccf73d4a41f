"""A real PostgreSQL as a child process, in a folder where its data last."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psutil
import psycopg
from sqlalchemy import URL
from typing_extensions import override

from deploy.one_machine.embedded import postgres_place
from deploy.one_machine.embedded.account import ServerAccount, idle_named_account
from deploy.one_machine.embedded.child import POLL_SECONDS, ServerFailedError
from deploy.one_machine.embedded.logins import (
    APPLICATION,
    DATABASE,
    LOGINS,
    OWNER,
    SUPERUSER,
    make_logins,
)
from deploy.one_machine.embedded.passwords import keep_passwords
from deploy.one_machine.embedded.postgres_place import DataPlace, binaries, give, place_in
from deploy.one_machine.embedded.server import EmbeddedServer
from schemas.files import replace_file

PORT: Final = "5432"  # names the socket only; always given, or PGPORT would decide
SOCKET: Final = f".s.PGSQL.{PORT}"
# the shortest limit of a Unix socket's path (macOS: 104 bytes with the final zero)
LONGEST_SOCKET_PATH: Final = 103
BACKENDS_GONE_SECONDS: Final = 10.0

ACCESS: Final = """\
local all all scram-sha-256
local replication all scram-sha-256
"""
"""Who may log in, and how (`pg_hba.conf`): everybody by a password, over the socket alone."""
FIRST_ACCESS: Final = f"local all {SUPERUSER} peer map=starter\n{ACCESS}"
"""Until there are passwords: the superuser by being the system's user who starts the server."""

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


def installed_version() -> str:
    """Ask the program in the wheel for its version, such as 18.4."""
    output = subprocess.check_output([binaries() / "postgres", "--version"], text=True)  # noqa: S603 - our own program, no input
    return output.split()[-1]


class EmbeddedPostgres(EmbeddedServer):
    """One PostgreSQL on a Unix socket that only this user can open, with a password for each login.

    Databases last in the folder, synced to disk (fsync) unless `settings`, which go over the ones
    here, say otherwise. `passwords` is the file of the passwords, in the folder by default.

    PostgreSQL refuses to run as root: for root it runs under an account that nobody else has, and
    its data are in a folder of that account `outside`, to which `data` in the folder is a link.
    """

    def __init__(
        self,
        folder: Path,
        *,
        passwords: Path | None = None,
        outside: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            "postgres",
            folder,
            stop_signal=signal.SIGINT,  # ends open connections; SIGTERM would wait for them
            drop_signal=signal.SIGQUIT,  # frees its shared memory, as SIGKILL would not
        )
        self._settings = SETTINGS | dict(settings or {})
        self._passwords = (passwords or self._folder / "passwords").resolve()
        self._outside = (outside or postgres_place.OUTSIDE).resolve()
        self._has_logins = self._folder / "logins-made"
        self._place = DataPlace(self._folder, binaries())
        self._sockets: Path | None = None

    @property
    @override
    def version(self) -> str:
        return installed_version()

    @property
    def data(self) -> Path:
        """The folder of the data."""
        return self._place.data

    @property
    def url(self) -> str:
        """The SQLAlchemy URL of the application's login; the same until stop().

        No URL holds a password: each names the file of the passwords.
        """
        return self._url(APPLICATION)

    @property
    def owner_url(self) -> str:
        """The URL of the login that owns the database and, from the migrations on, the tables."""
        return self._url(OWNER)

    @property
    def superuser_url(self) -> str:
        """The URL of the superuser, for maintenance alone."""
        return self._url(SUPERUSER)

    @override
    def start(self) -> None:
        super().start()
        if self._has_logins.exists():
            return
        try:
            with self._connect() as connection:
                make_logins(connection, self._passwords)
                self._write_access(ACCESS)
                connection.execute("SELECT pg_reload_conf()")
            self._has_logins.touch(mode=0o600)
        except BaseException:  # a Ctrl-C too must not leave it open
            self.kill()
            raise

    @override
    def stop(self) -> None:
        super().stop()
        self._remove_sockets()

    @override
    def drop(self) -> None:
        super().drop()
        self._remove_sockets()

    def _remove_sockets(self) -> None:
        if self._sockets and self._folder not in self._sockets.parents:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    @override
    def _prepare(self) -> list[str]:
        self._place = place_in(self._folder, self._outside)
        self._user = self._place.account
        self._sockets = self._sockets or self._socket_folder()
        self._own_folder(self._sockets, self._user)
        if keep_passwords(self._passwords, LOGINS):
            self._has_logins.unlink(missing_ok=True)
        if self.data.exists():
            self._clear_locks(self.data / "postmaster.pid", self._sockets / f"{SOCKET}.lock")
        else:
            self._create_data()
        self._write_access(ACCESS if self._has_logins.exists() else FIRST_ACCESS)
        settings = self._settings | {"unix_socket_directories": str(self._sockets)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self._place.programs / "postgres"), "-D", str(self.data), *options]

    def _create_data(self) -> None:
        # a start that is interrupted leaves no half database
        aside = self._place.folder / "data.new"
        shutil.rmtree(aside, ignore_errors=True)
        # initdb wants its account to have a name. It sees an empty database without a password
        maker = idle_named_account() if self._user else None
        self._own_folder(aside, maker)
        if maker:
            self._place.folder.chmod(0o711)
        self._run_once(
            str(self._place.programs / "initdb"),
            f"--pgdata={aside}",
            *(f"--username={SUPERUSER}", "--auth=reject", "--encoding=UTF8"),
            # sorts alike on every machine, whatever languages are installed
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            run_as=maker,
        )
        if self._user:
            self._place.folder.chmod(0o700)
            give(aside, self._user)
        aside.rename(self.data)
        self._has_logins.unlink(missing_ok=True)

    def _write_access(self, access: str) -> None:
        starter = pwd.getpwuid(os.geteuid()).pw_name
        map_ = f'starter "{starter}" {SUPERUSER}\n'
        for name, content in (("pg_hba.conf", access), ("pg_ident.conf", map_)):
            replace_file(self.data / name, content.encode())
            if self._user:
                os.chown(self.data / name, *self._user)

    def _clear_locks(self, *locks: Path) -> None:
        """Wait for the last backends of a killed server, then remove its lock files.

        Another process may have their process number by now; PostgreSQL would take that for a
        running server and refuse.
        """
        until = time.monotonic() + BACKENDS_GONE_SECONDS
        while any(
            process.info["cwd"] == str(self.data) for process in psutil.process_iter(["cwd"])
        ):
            if time.monotonic() > until:
                return  # a server that we do not know of: PostgreSQL will refuse, and say so
            time.sleep(POLL_SECONDS)
        for lock in locks:
            lock.unlink(missing_ok=True)

    def _socket_folder(self) -> Path:
        beside = self._place.folder / "socket"
        too_long = len(os.fsencode(beside / SOCKET)) > LONGEST_SOCKET_PATH
        if not too_long and "," not in str(beside):  # clients read a comma as a second host
            return beside
        return Path(tempfile.mkdtemp(prefix="postgres-"))

    def _own_folder(self, folder: Path, owner: ServerAccount | None) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if owner:
            os.chown(folder, *owner)

    @override
    def _answers(self) -> bool:
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self) -> psycopg.Connection:
        """Connect as the superuser."""
        return psycopg.connect(
            host=str(self._sockets),
            port=PORT,
            user=SUPERUSER,
            dbname=DATABASE,
            passfile=str(self._passwords),
            connect_timeout=5,
        )

    def _url(self, login: str) -> str:
        if self._sockets is None:
            raise ServerFailedError("The embedded postgres is not started.")
        return URL.create(
            "postgresql+psycopg",
            username=login,
            database=DATABASE,
            query={"host": str(self._sockets), "port": PORT, "passfile": str(self._passwords)},
        ).render_as_string()
