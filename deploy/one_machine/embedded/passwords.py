"""Passwords of the embedded PostgreSQL's logins, in a file that every client reads by itself.

It has libpq's form of a password file (`passfile`), so that no URL, no command line and no
variable of the environment holds a password.
"""

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from schemas.files import replace_file

_ANYWHERE: Final = "*:*:*"
"""Host, port and database: the socket, whose place may change, leads to this server alone."""


def keep_passwords(path: Path, logins: Sequence[str]) -> bool:
    """Draw a password for each login, where there is no file yet; return whether there was none.

    Only this user can read the file. Raises OSError.
    """
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lines = (f"{_ANYWHERE}:{login}:{secrets.token_urlsafe(32)}\n" for login in logins)
    replace_file(path, "".join(lines).encode())
    return True


def password_of(path: Path, login: str) -> str:
    """Return a login's password. Raises OSError, and KeyError where the file does not name it."""
    lines = path.read_text("ascii").splitlines()
    return {user: word for *_, user, word in (line.split(":") for line in lines)}[login]
