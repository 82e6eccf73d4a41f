"""Who logs in to Kafka: each process of the hub, and each organisation under its own name.

Each has a password in a file that only its owner can read.
"""

import secrets
from enum import StrEnum
from pathlib import Path
from typing import Final, Self

from schemas.files import replace_file

HUB_PREFIX: Final = "nwd-"
"""No organisation's name begins so."""
_BYTES: Final = 32


class HubUser(StrEnum):
    """The hub's own processes."""

    OPERATOR = f"{HUB_PREFIX}operator"
    """Sets topics up, audits, reads back: it sees every tray and writes none."""
    FILTER = f"{HUB_PREFIX}filter"
    """The one writer of out-trays, and of dead letters."""
    DOORS = f"{HUB_PREFIX}doors"
    """Publishes what providers bring to the hub by file, form or command."""
    LETTERS = f"{HUB_PREFIX}letters"
    """Takes dead letters away once they are mended, or their person is erased."""
    PASSPORT = f"{HUB_PREFIX}passport"
    """Reads the hub's tray with names, for the job passports."""
    ANALYTICS = f"{HUB_PREFIX}analytics"
    """Reads the hub's tray under pseudonyms, for the figures."""


def new_password() -> str:
    """Draw a password of 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


class KafkaUsers:
    """A folder with a file for each user, named as the user is; its one line is the password."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @classmethod
    def of_home(cls, home: Path) -> Self:
        """Return the users of a home."""
        return cls(home / "secrets" / "kafka")

    def names(self) -> list[str]:
        """Return the users that have a password, sorted."""
        return sorted(path.name for path in self._folder.iterdir()) if self._folder.is_dir() else []

    def password_file(self, user: str) -> Path:
        """Return where a user's password is, or would be."""
        return self._folder / user

    def password(self, user: str) -> str:
        """Return a user's password; one is drawn where there is none. Raises OSError."""
        path = self.password_file(user)
        if not path.exists():
            self.keep(user, new_password())
        return path.read_text("ascii").strip()

    def keep(self, user: str, password: str) -> None:
        """Keep a user's password, in place of the one before. Raises OSError."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(self.password_file(user), f"{password}\n".encode())
