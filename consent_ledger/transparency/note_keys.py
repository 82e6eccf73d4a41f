"""Keys of signed notes (c2sp.org/signed-note): Ed25519, signature type 0x01.

The public half travels as one line, the vkey: `<name>+<key id>+<base64 of type and key>`.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Protocol, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from schemas.errors import BusError

KEY_ID_BYTES: Final = 4
_ED25519: Final = b"\x01"
_KEY_BYTES: Final = 32
_KEY_NAME: Final = re.compile(r"[^\s+\x00-\x1f]+")  # \s is any Unicode space


class NoteError(BusError):
    """A note, a key or a signature that is malformed or does not verify."""


class Verifier(Protocol):
    """Checks whether a key signed: its public half, or the key itself."""

    @property
    def name(self) -> str:
        """The name that the key signs under."""

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand for the key in a signature line."""

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether the key signed the text, its final newline included."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half: who signs (`name`) and how it is checked. NoteError when malformed."""

    name: str
    public_bytes: bytes

    def __post_init__(self) -> None:
        check_key_name(self.name)
        if len(self.public_bytes) != _KEY_BYTES:
            raise NoteError(f"An Ed25519 public key has {_KEY_BYTES} bytes.")

    @classmethod
    def from_vkey(cls, vkey: str) -> Self:
        """Read a vkey line; NoteError when it is not one, or its parts do not belong together."""
        name, _, rest = vkey.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        typed_key = decode_base64(encoded)
        if typed_key[:1] != _ED25519:
            raise NoteError(
                "The verifier key is not an Ed25519 note key.",
                "It is one line of the form name+1a2b3c4d+AbCd...",
            )
        key = cls(name, typed_key[1:])
        if key_id != key.key_id.hex():
            raise NoteError(
                "The verifier key's id does not belong to its name and key.",
                "Copy the whole line again from where it is published.",
            )
        return key

    @property
    def vkey(self) -> str:
        """The key as the line that `from_vkey` reads."""
        encoded = base64.b64encode(_ED25519 + self.public_bytes).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand for this key in a signature line."""
        named = self.name.encode() + b"\n" + _ED25519 + self.public_bytes
        return sha256(named).digest()[:KEY_ID_BYTES]

    def verifies(self, text: str, signature: bytes) -> bool:
        """Return whether the key signed the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_bytes).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class SigningKey:
    """The private half, with the name that it signs under. It never shows itself in a repr."""

    __slots__ = ("_private_key", "verifier_key")

    def __init__(self, name: str, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        self.verifier_key = VerifierKey(name, private_key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> Self:
        """Make a new key from the system's randomness."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Self:
        """Take the 32 bytes that RFC 8032 calls the private key."""
        if len(seed) != _KEY_BYTES:
            raise NoteError(f"An Ed25519 seed has {_KEY_BYTES} bytes.")
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def name(self) -> str:
        """The name that the key signs under."""
        return self.verifier_key.name

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand for the key in a signature line."""
        return self.verifier_key.key_id

    def verifies(self, text: str, signature: bytes) -> bool:
        """Return whether the key signed the text: signing again takes a quarter of the time.

        Ed25519 signs a text in one way only (RFC 8032, section 5.1.6).
        """
        return compare_digest(self.sign(text), signature)

    def key_after(self, _checkpoint: str | None) -> "SigningKey":
        """Return this key: where there is only one, it goes on."""
        return self

    def sign(self, text: str) -> bytes:
        """Sign the text, its final newline included (64 bytes)."""
        return self._private_key.sign(text.encode())


def check_key_name(name: str) -> None:
    """Raise NoteError for a name that a signature line cannot hold."""
    if not _KEY_NAME.fullmatch(name):
        raise NoteError(
            "A key's name is empty, or has a space, a plus or a control character in it.",
            "Use the log's address without https://, such as hub.example/ledger.",
        )


def decode_base64(encoded: str) -> bytes:
    """Decode standard base64 in its one canonical spelling; NoteError for anything else."""
    try:
        decoded = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        decoded = None
    if decoded is None or base64.b64encode(decoded).decode() != encoded:
        raise NoteError("What should be base64 is not.")
    return decoded
