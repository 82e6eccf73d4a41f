"""The bus's secrets: three files of 32 random bytes, readable only by their owner.

While the journal key is rotated, its file holds the new one before the old one. While the signing
key is rotated, its file holds the old and then the new one: see `signing_key_file`.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.home.signing_key_file import SigningKeyFile
from producers.hub import DoorKey
from schemas.derivation import derived_token
from schemas.errors import BusError
from schemas.files import replace_file
from schemas.identifiers import ProviderId

_BYTES: Final = 32
JOURNAL_KEY_BYTES: Final = _BYTES
_JOURNAL_KEY: Final = "journal-key"
_SIGNING_KEY: Final = "signing-key"
_NAMES: Final = ("pepper", _JOURNAL_KEY, _SIGNING_KEY)


class SecretError(BusError):
    """A secret that is missing, or not one that the bus made."""


@dataclass(frozen=True, repr=False)
class Secrets:
    """`pepper` is under every derived name; `journal_keys`, newest first, over people's keys."""

    pepper: bytes
    journal_keys: tuple[bytes, ...]
    signing_key: SigningKeyFile

    def door_key(self, provider_id: ProviderId) -> DoorKey:
        """Return the key of a provider's door, from which the pepper cannot be found."""
        return DoorKey(derived_token(self.pepper, "door", provider_id))


def create_secrets(home: Path) -> bool:
    """Make the secrets where there are none; return whether they were made now.

    Raises SecretError when only some are there: new ones beside old ones would open nothing.
    """
    folder = _folder(home)
    there = [name for name in _NAMES if (folder / name).exists()]
    if there and len(there) < len(_NAMES):
        missing = ", ".join(sorted(set(_NAMES) - set(there)))
        raise SecretError(
            f"{folder} lacks: {missing}.", "Restore it from your backup; it cannot be made again."
        )
    if there:
        return False
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in _NAMES:
        path = folder / name
        path.touch(mode=0o600)
        path.write_bytes(secrets.token_bytes(_BYTES))
    return True


def load_secrets(home: Path, ledger_name: str) -> Secrets:
    """Read the secrets. Raises SecretError when one is missing or has another length."""
    pepper, _, _ = (_read(_folder(home) / name) for name in _NAMES)
    file = SigningKeyFile(_folder(home) / _SIGNING_KEY, ledger_name)
    return Secrets(pepper, read_journal_keys(home), file)


def read_journal_keys(home: Path) -> tuple[bytes, ...]:
    """Return the journal keys as they are now, the newest first. Raises SecretError."""
    keys = _read(_folder(home) / _JOURNAL_KEY)
    return tuple(keys[at : at + _BYTES] for at in range(0, len(keys), _BYTES))


def add_journal_key(home: Path, key: bytes) -> None:
    """Add a new journal key before the others."""
    path = _folder(home) / _JOURNAL_KEY
    replace_file(path, key + path.read_bytes())


def replace_journal_keys(home: Path, keys: Sequence[bytes]) -> None:
    """Put other journal keys, the newest first, in the place of those that are there."""
    replace_file(_folder(home) / _JOURNAL_KEY, b"".join(keys))


def forget_old_journal_keys(home: Path) -> None:
    """Keep only the newest journal key; destroy the others."""
    path = _folder(home) / _JOURNAL_KEY
    replace_file(path, path.read_bytes()[:_BYTES])


def _read(path: Path) -> bytes:
    try:
        secret = path.read_bytes()
    except OSError as error:
        raise SecretError(
            f"The secret {path} cannot be read: {error.strerror}.",
            "`nwd init` makes the secrets of a new bus; those of an old one are in your backup.",
        ) from None
    may_be_several = path.name in (_JOURNAL_KEY, _SIGNING_KEY)
    is_whole = len(secret) == _BYTES or (may_be_several and _is_several(secret))
    if not is_whole:
        raise SecretError(f"The secret {path} has not {_BYTES} bytes.", "Restore it.")
    return secret


def _is_several(secret: bytes) -> bool:
    return len(secret) > 0 and len(secret) % _BYTES == 0


def _folder(home: Path) -> Path:
    return home / "secrets"
