"""Keys: one for each participant's events, sealed under the bus's own; and keyed digests.

Without a participant's key the journal's rows of that participant are noise: destroying the key
erases them wherever they were copied.
"""

import hashlib
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from schemas.errors import BusError
from schemas.identifiers import PassportNumber, derived_token

_NONCE_BYTES: Final = 12
_DIGEST_BYTES: Final = 16


class UnsealError(BusError):
    """Sealed bytes that this key does not open. Never a reason to deliver anything."""


class Vault:
    """Seals under the newest of the bus's journal keys, and opens what any of them sealed.

    Which key sealed something is not written beside it: there are two for as long as a rotation
    lasts, and a wrong one opens nothing. Digests are made under the pepper, which never changes:
    were they made under a journal key, each rotation would send every record again, and refuse
    each event that comes in a second time as another one under the same revision.
    """

    def __init__(self, journal_keys: Sequence[bytes], pepper: bytes) -> None:
        """Take the journal keys (32 bytes each), the newest first, and the pepper."""
        self._aeads = [AESGCM(key) for key in journal_keys]
        self._digest_key = derived_token(pepper, "digest")

    def new_key(self, participant_id: PassportNumber) -> bytes:
        """Return a fresh key for a participant, sealed."""
        return self._seal(AESGCM.generate_key(256), participant_id)

    def open_key(self, sealed_key: bytes, participant_id: PassportNumber) -> AESGCM:
        """Return the participant's key, ready to seal and unseal events.

        Raises:
            UnsealError: it was sealed for somebody else, or under a journal key that is not here.

        """
        return AESGCM(self._unseal(sealed_key, participant_id))

    def reseal_key(self, sealed_key: bytes, participant_id: PassportNumber) -> bytes:
        """Return the same participant's key, sealed under the newest journal key.

        Raises:
            UnsealError: it was sealed for somebody else, or under a journal key that is not here.

        """
        return self._seal(self._unseal(sealed_key, participant_id), participant_id)

    def seal_dead_letter(self, value: bytes, origin: str) -> bytes:
        """Seal what could not be accepted: whose it is cannot be known."""
        return self._seal(value, origin)

    def open_dead_letter(self, sealed: bytes, origin: str) -> bytes:
        """Return what was sealed.

        Raises:
            UnsealError: it comes from another place, or was sealed under a journal key that is not
                here.

        """
        return self._unseal(sealed, origin)

    def digest(self, data: bytes) -> bytes:
        """Return 16 bytes that tell whether data changed, and nothing to whoever lacks the key."""
        return hashlib.blake2b(data, key=self._digest_key, digest_size=_DIGEST_BYTES).digest()

    def _seal(self, plain: bytes, about: str) -> bytes:
        return seal(self._aeads[0], plain, about.encode())

    def _unseal(self, sealed: bytes, about: str) -> bytes:
        for aead in self._aeads[:-1]:
            with suppress(UnsealError):
                return unseal(aead, sealed, about.encode())
        try:
            return unseal(self._aeads[-1], sealed, about.encode())
        except UnsealError as error:
            raise UnsealError(
                error.message,
                "If `nwd keys rotate` has made a new journal key since this program began, start it"
                " again: keys are read then. Otherwise restore the secrets from their backup.",
            ) from None


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
