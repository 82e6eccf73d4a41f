"""Who logs in to Kafka: each process of the hub, and each organisation under its own name.

Each has a password in a file that only its owner can read.
"""

import secrets
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from schemas.files import replace_file
from schemas.kafka_connection import KafkaConnection, SaslMechanism

HUB_PREFIX: Final = "nwd-"
"""No organisation's name begins so."""
_BYTES: Final = 32
_WHILE_ROTATED: Final = 2


class HubUser(StrEnum):
    """The hub's own processes."""

    OPERATOR = f"{HUB_PREFIX}operator"
    """Sets topics up, audits, reads back: it sees every tray and writes none."""
    FILTER = f"{HUB_PREFIX}filter"
    """The one writer of out-trays, and of dead letters."""
    DOORS = f"{HUB_PREFIX}doors"
    """Publishes what providers bring to the hub by file, form, command or HTTP."""
    LETTERS = f"{HUB_PREFIX}letters"
    """Reads dead letters, which are sealed, and takes away what was mended or is of the erased."""
    INBOX = f"{HUB_PREFIX}inbox"
    """Reads the trays of organisations, for those who come for them over HTTP."""
    PASSPORT = f"{HUB_PREFIX}passport"
    """Reads the hub's tray with names, for the job passports."""
    ANALYTICS = f"{HUB_PREFIX}analytics"
    """Reads the hub's tray under pseudonyms, for the figures."""


def new_password() -> str:
    """Draw a password of 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


class KafkaUsers:
    """A folder of passwords, each the one line of a file that is named as its user is.

    A user has one, but two while it is rotated: the n-th that it ever had, from the second on, is
    in `USER.n`, and the newest is the one to use. Kafka keeps one password for each user and
    mechanism, so they take turns: odd ones go by the mechanism of the hub's own connection, even
    ones by the other.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of_home(cls, home: Path) -> Self:
        """Return the users of a home."""
        return cls(home / "secrets" / "kafka")

    def names(self) -> list[str]:
        """Return the users that have a password, sorted."""
        if not self._folder.is_dir():
            return []
        found = {path.name.partition(".")[0] for path in self._folder.iterdir()}
        return sorted(name for name in found if self._numbers(name))

    def password_file(self, user: str) -> Path:
        """Return where a user's newest password is, or would be."""
        return self._file(user, self._newest(user))

    def password(self, user: str) -> str:
        """Return a user's newest password; one is drawn where there is none. Raises OSError."""
        path = self.password_file(user)
        if not path.exists():
            self.keep(user, new_password())
        return path.read_text("ascii").strip()

    def passwords(self, user: str, first: SaslMechanism) -> dict[SaslMechanism, str]:
        """Return every password of a user by its mechanism; one is drawn where there is none.

        `first` is the mechanism of odd ones. Raises OSError.
        """
        self.password(user)
        return {
            _mechanism(number, first): self._file(user, number).read_text("ascii").strip()
            for number in self._numbers(user)
        }

    def connection(self, kafka: KafkaConnection, user: str) -> KafkaConnection:
        """Return the same connection for a user, with its newest password."""
        number = self._newest(user)
        return kafka.as_user(user, self._file(user, number), _mechanism(number, kafka.mechanism))

    def keep(self, user: str, password: str) -> None:
        """Keep a user's password, in place of the newest. Raises OSError."""
        self._keep(self.password_file(user), password)

    def rotated_since(self, user: str) -> datetime | None:
        """Return since when a user has two passwords; None where it has not. Raises OSError."""
        if len(self._numbers(user)) < _WHILE_ROTATED:
            return None
        return datetime.fromtimestamp(self.password_file(user).stat().st_mtime, UTC)

    def add(self, user: str) -> None:
        """Draw another password for a user, beside the one that it has. Raises OSError."""
        self._keep(self._file(user, self._newest(user) + 1), new_password())

    def drop_newest(self, user: str) -> None:
        """Forget a user's newest password. Raises OSError."""
        self.password_file(user).unlink()

    def drop_older(self, user: str) -> None:
        """Forget every password of a user but the newest. Raises OSError."""
        for number in self._numbers(user)[:-1]:
            self._file(user, number).unlink()

    def forget(self, user: str) -> None:
        """Forget every password of a user. Raises OSError."""
        for number in self._numbers(user):
            self._file(user, number).unlink()

    def _keep(self, path: Path, password: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, f"{password}\n".encode())

    def _file(self, user: str, number: int) -> Path:
        return self._folder / (user if number == 1 else f"{user}.{number}")

    def _newest(self, user: str) -> int:
        return max(self._numbers(user), default=1)

    def _numbers(self, user: str) -> list[int]:
        """Return which of its passwords a user has, the oldest first."""
        parts = [path.name.partition(".") for path in self._folder.glob(f"{user}*")]
        return sorted(
            int(number or 1)
            for name, _, number in parts
            if name == user and (not number or number.isdecimal())
        )


def _mechanism(number: int, first: SaslMechanism) -> SaslMechanism:
    return first if number % 2 else first.other
