"""The keys of one moment in a file: those of participants and dead letters, with the journal key.

The file is sealed under the recovery key, which is kept off-line: 32 random bytes in a file of its
own. Whoever has both, and a copy of the database, can read the journal.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.journal.vault import UnsealError, seal, unseal
from schemas.errors import BusError
from schemas.files import replace_file

_KEY_BYTES: Final = 32
_HEADER: Final = b"No Wrong Door keys 1\n"


class KeyFileError(BusError):
    """A file of keys, or a recovery key, that cannot be used."""


@dataclass(frozen=True)
class KeyFile:
    """The keys of one moment. Names are passport numbers and origins of dead letters."""

    hub: str
    """A token of the hub's pepper: the keys are of no use to another hub."""
    made_at: datetime
    journal_keys: tuple[bytes, ...]
    participants: dict[str, bytes]
    dead_letters: dict[str, bytes]


def write_key_file(path: Path, keys: KeyFile, recovery_key: Path) -> None:
    """Write the file, which only its owner can read. KeyFileError where that cannot be done."""
    aead = _recovery_key(recovery_key)
    fields = {
        "hub": keys.hub,
        "made_at": keys.made_at.isoformat(),
        "journal_keys": [key.hex() for key in keys.journal_keys],
        "participants": _texts(keys.participants),
        "dead_letters": _texts(keys.dead_letters),
    }
    content = json.dumps(fields).encode()
    try:
        replace_file(path, _HEADER + seal(aead, content, _HEADER))
    except OSError as error:
        raise KeyFileError(
            f"{path} cannot be written: {error.strerror}.", "Name another file."
        ) from None


def read_key_file(path: Path, recovery_key: Path) -> KeyFile:
    """Return what the file holds. KeyFileError where it does not open with that recovery key."""
    aead = _recovery_key(recovery_key)
    content = _read(path)
    try:
        opened = unseal(aead, content.removeprefix(_HEADER), _HEADER)
    except UnsealError:
        raise KeyFileError(
            f"{path} does not open with that recovery key.",
            "It is not a file of `nwd keys export`, was altered, or was sealed under another key.",
        ) from None
    fields = json.loads(opened)
    return KeyFile(
        hub=fields["hub"],
        made_at=datetime.fromisoformat(fields["made_at"]),
        journal_keys=tuple(map(bytes.fromhex, fields["journal_keys"])),
        participants=_keys(fields["participants"]),
        dead_letters=_keys(fields["dead_letters"]),
    )


def _recovery_key(path: Path) -> AESGCM:
    key = _read(path)
    if len(key) != _KEY_BYTES:
        raise KeyFileError(
            f"The recovery key {path} has not {_KEY_BYTES} bytes.",
            "`head -c 32 /dev/urandom > recovery.key` makes one. Keep it off-line.",
        )
    return AESGCM(key)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyFileError(
            f"{path} cannot be read: {error.strerror}.",
            "`head -c 32 /dev/urandom > recovery.key` makes a recovery key, once for all exports.",
        ) from None


def _keys(texts: dict[str, str]) -> dict[str, bytes]:
    return {name: bytes.fromhex(text) for name, text in texts.items()}


def _texts(keys: dict[str, bytes]) -> dict[str, str]:
    return {name: key.hex() for name, key in keys.items()}
