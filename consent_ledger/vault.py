"""Keys: one for each participant's events, sealed under the bus's own; and keyed digests.

Without a participant's key the journal's rows of that participant are noise: destroying the key
erases them wherever they were copied.
"""

import hashlib
import os
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.errors import BusError

_NONCE_BYTES: Final = 12
_DIGEST_BYTES: Final = 16


class UnsealError(BusError):
    """Sealed bytes that this key does not open. Never a reason to deliver anything."""


class Vault:
    """Seals under the bus's journal key (32 bytes)."""

    def __init__(self, journal_key: bytes) -> None:
        self._aead = AESGCM(journal_key)
        self._digest_key = hashlib.sha256(b"digest\x1f" + journal_key).digest()

    def new_key(self, participant_id: str) -> bytes:
        """Return a fresh key for a participant, sealed."""
        return seal(self._aead, AESGCM.generate_key(256), participant_id.encode())

    def open_key(self, sealed_key: bytes, participant_id: str) -> AESGCM:
        """Return the participant's key, ready to seal and unseal events.

        Raises:
            UnsealError: it was sealed for somebody else, or under another journal key.

        """
        return AESGCM(unseal(self._aead, sealed_key, participant_id.encode()))

    def seal_dead_letter(self, value: bytes, origin: str) -> bytes:
        """Seal what could not be accepted: whose it is cannot be known."""
        return seal(self._aead, value, origin.encode())

    def open_dead_letter(self, sealed: bytes, origin: str) -> bytes:
        """Return what was sealed.

        Raises:
            UnsealError: it comes from another place, or was sealed under another journal key.

        """
        return unseal(self._aead, sealed, origin.encode())

    def digest(self, data: bytes) -> bytes:
        """Return 16 bytes that tell whether data changed, and nothing to whoever lacks the key."""
        return hashlib.blake2b(data, key=self._digest_key, digest_size=_DIGEST_BYTES).digest()


def new_salt() -> bytes:
    """Return 16 random bytes."""
    return secrets.token_bytes(16)


def seal(aead: AESGCM, plain: bytes, about: bytes) -> bytes:
    """Return nonce and AES-GCM ciphertext, bound to what it is about."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + aead.encrypt(nonce, plain, about)


def unseal(aead: AESGCM, sealed: bytes, about: bytes) -> bytes:
    """Return what was sealed.

    Raises:
        UnsealError: the key, or what it is about, is another one, or the bytes were changed.

    """
    try:
        return aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
    except (InvalidTag, ValueError):
        raise UnsealError("A sealed value could not be opened with this key.") from None
