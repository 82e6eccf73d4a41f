"""Ids and hashes that are derived under a secret key, the same each time."""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from schemas.identifiers import EventId

_UUID_PARTS: Final = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))


class Derivation:
    """What is derived under a secret key, which is made ready once for as many as there are."""

    def __init__(self, key: bytes) -> None:
        self._ready = HMAC(key, SHA256())

    def event_id(self, *source_key: str) -> EventId:
        """Return the event id of a source's own key, the same each time.

        It is an HMAC under a secret key: a plain hash of a short learner reference could be
        confirmed by trying them all.
        """
        token = bytearray(self.token("event", *source_key)[:16])
        token[6] = token[6] & 0x0F | 0x80  # version 8, RFC 9562: the bits are the maker's own
        token[8] = token[8] & 0x3F | 0x80
        digits = token.hex()
        return EventId("-".join([digits[start:end] for start, end in _UUID_PARTS]))

    def token(self, purpose: str, *parts: str) -> bytes:
        """Return a 32-byte keyed hash of these parts for a purpose."""
        texts = [part.encode() for part in (purpose, *parts)]
        hashed = self._ready.copy()
        # a length before each part, so that different parts never make the same message
        hashed.update(b"".join([len(text).to_bytes(4, "big") + text for text in texts]))
        return hashed.finalize()


def derived_event_id(key: bytes, *source_key: str) -> EventId:
    """Return one event id. See `Derivation.event_id`."""
    return Derivation(key).event_id(*source_key)


def derived_token(key: bytes, purpose: str, *parts: str) -> bytes:
    """Return one 32-byte keyed hash. See `Derivation.token`."""
    return Derivation(key).token(purpose, *parts)
