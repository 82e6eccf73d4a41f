"""The file of the ledger's signing key: 32 bytes, or 64 while the key is being changed.

Then it holds the old key and the new one, and whichever signed the newest checkpoint last goes on:
so the change can be cut short anywhere. Programs that run read the file again when they have to.
"""

import secrets
from pathlib import Path
from typing import Final

from consent_ledger.transparency.checkpoint import signed_last
from consent_ledger.transparency.note_keys import SigningKey, VerifierKey
from schemas.files import replace_file

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
                if signed_last(checkpoint, key):
                    self._keys = keys
                    return key
        return self._keys[0]

    def prepare_change(self) -> tuple[SigningKey, SigningKey]:
        """Put a new key beside the old one, and return both; what was prepared before stays."""
        keys = self._read()
        if len(keys) == 1:
            replace_file(self._path, self._path.read_bytes() + secrets.token_bytes(_BYTES))
            keys = self._read()
        self._keys = keys
        return keys[0], keys[1]

    def finish_change(self) -> None:
        """Leave the new key alone, and destroy the old one."""
        replace_file(self._path, self._path.read_bytes()[-_BYTES:])
        self._keys = self._read()

    def _read(self) -> list[SigningKey]:
        seeds = self._path.read_bytes()
        return [
            SigningKey.from_seed(self._ledger_name, seeds[at : at + _BYTES])
            for at in range(0, len(seeds), _BYTES)
        ]
