"""The file of the ledger's signing key: 32 bytes, or 64 while the key is being changed.

Then it holds the old key and the new one, and whichever signed the newest checkpoint last goes on:
so the change can be cut short anywhere. Programs that run read the file again when they have to.
"""

import os
import secrets
from pathlib import Path
from typing import Final

from consent_ledger.transparency.checkpoint import signed_last
from consent_ledger.transparency.note_keys import SigningKey, VerifierKey

_BYTES: Final = 32


class SigningKeyFile:
    """See `transparency_log.Signer`."""

    def __init__(self, path: Path, ledger_name: str) -> None:
        self._path = path
        self._ledger_name = ledger_name
        self._keys = self._read()

    @property
    def verifier_key(self) -> VerifierKey:
        """The public half of the key, of the old one while it is being changed."""
        return self._keys[0].verifier_key

    def key_after(self, checkpoint: str | None) -> SigningKey:
        """See `Signer`. A key that the log has not changed to is for the log to refuse."""
        if checkpoint is None:
            return self._keys[0]
        for keys in (self._keys, self._read()):
            for key in keys:
                if signed_last(checkpoint, key.verifier_key):
                    self._keys = keys
                    return key
        return self._keys[0]

    def prepare_change(self) -> tuple[SigningKey, SigningKey]:
        """Put a new key beside the old one, and return both; what was prepared before stays."""
        keys = self._read()
        if len(keys) == 1:
            self._write(self._path.read_bytes() + secrets.token_bytes(_BYTES))
            keys = self._read()
        self._keys = keys
        return keys[0], keys[1]

    def finish_change(self) -> None:
        """Leave the new key alone, and destroy the old one."""
        self._write(self._path.read_bytes()[-_BYTES:])
        self._keys = self._read()

    def _read(self) -> list[SigningKey]:
        seeds = self._path.read_bytes()
        return [
            SigningKey.from_seed(self._ledger_name, seeds[at : at + _BYTES])
            for at in range(0, len(seeds), _BYTES)
        ]

    def _write(self, seeds: bytes) -> None:
        """Replace the file as a whole: after a power cut it is the old one or the new one."""
        new = self._path.with_name(f"{self._path.name}.new")
        new.unlink(missing_ok=True)
        new.touch(mode=0o600)
        with new.open("r+b") as file:
            file.write(seeds)
            file.flush()
            os.fsync(file.fileno())
        with self._path.open("r+b") as old:
            new.replace(self._path)
            _sync_folder(self._path.parent)
            # what was replaced has no name any more, and may lie on the disk: overwritten as well
            old.write(bytes(os.fstat(old.fileno()).st_size))
            old.flush()
            os.fsync(old.fileno())


def _sync_folder(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
