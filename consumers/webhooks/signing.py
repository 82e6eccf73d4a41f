"""Signatures as Standard Webhooks has them: `v1a`, Ed25519 over id, moment and body."""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_PUBLIC: Final = "whpk_"


def webhook_key(pepper: bytes, endpoint_id: str, number: int) -> Ed25519PrivateKey:
    """Return an endpoint's key of that number: derived, so that none is kept."""
    name = f"nwd webhook {endpoint_id} {number}".encode()
    return Ed25519PrivateKey.from_private_bytes(hmac.digest(pepper, name, hashlib.sha256))


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half, as whoever receives takes it."""
    return _PUBLIC + base64.b64encode(key.public_key().public_bytes_raw()).decode()


def signed_headers(
    keys: Sequence[Ed25519PrivateKey], message_id: str, moment: int, body: bytes
) -> dict[str, str]:
    """Return the headers of a message: one signature of each key that is in use."""
    content = f"{message_id}.{moment}.".encode() + body
    signatures = (base64.b64encode(key.sign(content)).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(f"v1a,{signature}" for signature in signatures),
    }
