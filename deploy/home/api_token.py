"""The bearer token of the API, in a file of its own: whoever has it may change any permission."""

import os
import secrets
from pathlib import Path
from typing import Final

from deploy.home.secret_files import SecretError

_BYTES: Final = 32


def create_api_token(home: Path) -> bool:
    """Make the token where there is none, for its owner alone; return whether it was made now.

    Unlike the bus's secrets it can be made again: take the file away, and `nwd init` draws another.
    """
    path = token_file(home)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(file, "w", encoding="ascii") as opened:
        opened.write(secrets.token_urlsafe(_BYTES) + "\n")
    return True


def read_api_token(home: Path) -> str:
    """Read the token.

    Raises:
        SecretError: it is missing or too short to keep anybody out.

    """
    path = token_file(home)
    try:
        token = path.read_text("ascii").strip()
    except (OSError, UnicodeError):
        raise SecretError(
            f"The API's token {path} cannot be read.",
            "`nwd init` makes it.",
        ) from None
    if len(token) < _BYTES:
        raise SecretError(f"The API's token {path} is too short.", "Remove it and run `nwd init`.")
    return token


def token_file(home: Path) -> Path:
    """Return where the token is kept."""
    return home / "secrets" / "api-token"
