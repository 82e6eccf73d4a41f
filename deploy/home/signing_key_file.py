"""The file of the ledger's signing key: 32 bytes, or 64 while the key is being changed.

Then it holds the old key and the new one, and the one that signed the newest checkpoint last goes
on: the change can be interrupted anywhere. Running programs read the file again when they have to.
"""

import secrets
from pathlib import Path
from typing import Final

from typing_extensions import override

from consent_ledger.transparency.checkpoint import signed_last
from consent_ledger.transparency.note_keys import SigningKey, VerifierKey
from consent_ledger.transparency.transparency_log import Signer
from schemas.files import replace_file

_BYTES: Final = 32


class SigningKeyFile(Signer):
    """Signs with the key in the file, or with the one of its two keys that the log is on."""

    def __init__(self, path: Path, ledger_name: str) -> None:
        self._path = path
        self._ledger_name = ledger_name
        self._keys = self._read()

    @property
    def verifier_key(self) -> VerifierKey:
        """The public half of the key, of the old one while it is being changed."""
        return self._keys[0].verifier_key

    @override
    def key_after(self, checkpoint: str | None) -> SigningKey:
        # the log refuses a key that it has not changed to
        if checkpoint is None:
            return self._keys[0]
        for keys in (self._keys, self._read()):
            for key in keys:
                if signed_last(checkpoint, key):
                    self._keys = keys
                    return key
        return self._keys[0]

    def prepare_change(self) -> tuple[SigningKey, SigningKey]:
        """Add a new key, unless one is prepared already; return the old and the new one."""
        keys = self._read()
        if len(keys) == 1:
            replace_file(self._path, self._path.read_bytes() + secrets.token_bytes(_BYTES))
            keys = self._read()
        self._keys = keys
        return keys[0], keys[1]

    def finish_change(self) -> None:
        """Keep only the new key; destroy the old one."""
        replace_file(self._path, self._path.read_bytes()[-_BYTES:])
        self._keys = self._read()

    def _read(self) -> list[SigningKey]:
        seeds = self._path.read_bytes()
        return [
            SigningKey.from_seed(self._ledger_name, seeds[at : at + _BYTES])
            for at in range(0, len(seeds), _BYTES)
        ]
