"""Keys: one for each participant's events, sealed under the bus's own; and keyed digests.

Without a participant's key the journal's rows of that participant are noise: destroying the key
erases them wherever they were copied. A copy of the sealed key opens as long as the journal key
that sealed it: that is why journal keys are rotated, and destroyed. Each is an epoch.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.derivation import derived_token
from schemas.errors import BusError

EPOCH_BYTES: Final = 8
UNNAMED_EPOCH: Final = bytes(EPOCH_BYTES)
"""Before a key that was sealed when keys did not say their epoch: any journal key may open it."""

_NONCE_BYTES: Final = 12
_DIGEST_BYTES: Final = 16


class UnsealError(BusError):
    """Sealed bytes that this key does not open. Never a reason to deliver anything."""


class Vault:
    """Makes keys, sealed under the newest of the bus's journal keys, and opens them again.

    A sealed key begins with its epoch, which names the journal key over it. One of an epoch that is
    not known makes the vault read the journal keys again: a program that runs goes on through a
    rotation. What it knew before stays until the reading after, for a row that was read a moment
    ago. Digests are made under the pepper, which never changes: were they made under a journal key,
    each rotation would send every record again, and refuse each event that comes in a second time
    as another one under the same revision.
    """

    def __init__(
        self,
        journal_keys: Sequence[bytes],
        pepper: bytes,
        read_again: Callable[[], Sequence[bytes]] | None = None,
    ) -> None:
        """Take the journal keys (32 bytes each, the newest first), the pepper, and where to look.

        `read_again` returns the journal keys as they are at that moment.
        """
        self._read: dict[bytes, AESGCM] = {}
        self._take(journal_keys)
        self._read_again = read_again or (lambda: journal_keys)
        self._digest_key = derived_token(pepper, "digest")

    @property
    def epoch(self) -> bytes:
        """The epoch of the newest journal key."""
        return next(iter(self._aeads))

    def new_key(self, holder: str, epochs: Collection[bytes] | None = None) -> bytes:
        """Return a fresh key of a participant or of a dead letter, sealed.

        It is sealed under the newest key of those whose epochs the transaction that keeps it knows.

        Raises UnsealError when none of them is here.
        """
        return self._seal(AESGCM.generate_key(256), holder, self._newest_of(epochs))

    def open_key(self, sealed_key: bytes, holder: str) -> AESGCM:
        """Return a holder's key; UnsealError if another's, or its journal key is gone."""
        return AESGCM(self._unseal(sealed_key, holder))

    def reseal_key(self, sealed_key: bytes, holder: str) -> bytes:
        """Return the key sealed under the newest journal key; UnsealError as `open_key`."""
        return self._seal(self._unseal(sealed_key, holder), holder, self.epoch)

    def digest(self, data: bytes) -> bytes:
        """Return 16 bytes that show whether data changed, and without the key show nothing."""
        return hashlib.blake2b(data, key=self._digest_key, digest_size=_DIGEST_BYTES).digest()

    def _take(self, journal_keys: Sequence[bytes]) -> None:
        before, self._read = self._read, {epoch_of(key): AESGCM(key) for key in journal_keys}
        self._aeads = {**self._read, **before}

    def _newest_of(self, epochs: Collection[bytes] | None) -> bytes:
        if epochs is None:
            return self.epoch
        if not self._aeads.keys() >= set(epochs):
            self._take(self._read_again())
        newest = next((epoch for epoch in self._aeads if epoch in epochs), None)
        if newest is None:
            raise UnsealError(
                "The database knows none of the journal keys that are here.",
                "`nwd init` enters them. Otherwise restore the secrets from their backup.",
            )
        return newest

    def _seal(self, plain: bytes, about: str, epoch: bytes) -> bytes:
        return epoch + seal(self._aeads[epoch], plain, about.encode())

    def _unseal(self, sealed: bytes, about: str) -> bytes:
        epoch, content = sealed[:EPOCH_BYTES], sealed[EPOCH_BYTES:]
        if epoch not in self._aeads:
            self._take(self._read_again())
        named = self._aeads.get(epoch)
        over = self._aeads.values() if epoch == UNNAMED_EPOCH else [named] if named else []
        for aead in over:
            with suppress(UnsealError):
                return unseal(aead, content, about.encode())
        raise UnsealError(
            "A sealed key could not be opened.",
            "Its journal key is not in NWD_HOME/secrets, or it was altered. Every program of a hub"
            " has the same secrets; after a restore `nwd keys import` brings the newest keys.",
        )


def epoch_of(journal_key: bytes) -> bytes:
    """Return the name of a journal key, from which the key cannot be found."""
    return derived_token(journal_key, "epoch")[:EPOCH_BYTES]


def new_salt() -> bytes:
    """Return 16 random bytes."""
    return secrets.token_bytes(16)


def fresh_nonces(count: int) -> Iterator[bytes]:
    """Yield so many nonces, drawn at once: to draw one by itself takes longer than to seal.

    Each is for one sealing, in this process.
    """
    drawn = os.urandom(count * _NONCE_BYTES)
    for at in range(0, len(drawn), _NONCE_BYTES):
        yield drawn[at : at + _NONCE_BYTES]


def seal(aead: AESGCM, plain: bytes, about: bytes, nonce: bytes | None = None) -> bytes:
    """Return nonce and AES-GCM ciphertext, bound to what it is about.

    A nonce that is given is one of `fresh_nonces`, and given once.
    """
    if nonce is None:
        nonce = os.urandom(_NONCE_BYTES)
    return nonce + aead.encrypt(nonce, plain, about)


def unseal(aead: AESGCM, sealed: bytes, about: bytes) -> bytes:
    """Return what was sealed; UnsealError when the key, `about` or the bytes are others."""
    try:
        return aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
    except (InvalidTag, ValueError):
        raise UnsealError("A sealed value could not be opened with this key.") from None
