import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consumers.webhooks.signing import public_text, signed_headers, webhook_key

PEPPER = b"p" * 32


def public(text: str) -> Ed25519PublicKey:
    """Return the key that a receiver is given."""
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text.removeprefix("whpk_")))


def test_a_receiver_checks_a_message_with_the_public_key_alone() -> None:
    """As Standard Webhooks says: over id, moment and body, parted by dots."""
    old, new = (webhook_key(PEPPER, "wh-1", number) for number in (1, 2))

    headers = signed_headers([new, old], "msg_1", 1_700_000_000, b"{}")

    kinds, signatures = zip(
        *(one.split(",") for one in headers["webhook-signature"].split(" ")), strict=True
    )
    assert kinds == ("v1a", "v1a")
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{{}}".encode()
    for key, signature in zip((new, old), signatures, strict=True):
        public(public_text(key)).verify(base64.b64decode(signature), content)
    with pytest.raises(InvalidSignature):
        public(public_text(new)).verify(base64.b64decode(signatures[1]), content)


def test_each_endpoint_has_keys_of_its_own() -> None:
    """The same each time, and known to nobody without the pepper."""
    made = {
        public_text(webhook_key(pepper, endpoint, number))
        for pepper in (PEPPER, b"q" * 32)
        for endpoint in ("wh-1", "wh-2")
        for number in (1, 2)
    }

    assert len(made) == 8
    assert public_text(webhook_key(PEPPER, "wh-1", 1)) in made
