"""Checkpoints (c2sp.org/tlog-checkpoint): a signed note that states a log's size and root.

<origin: the log's name, also its key's>
<size, decimal>
<root hash, base64>
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from consent_ledger.transparency.merkle import HASH_BYTES
from consent_ledger.transparency.note_keys import NoteError, SigningKey, Verifier, decode_base64
from consent_ledger.transparency.signed_note import open_note, parse_note, sign_note

_SIZE: Final = re.compile("0|[1-9][0-9]{0,18}")  # up to 19 digits: more than a bigint holds


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log claims: its first `size` leaves have this root. Extension lines are dropped."""

    origin: str
    size: int
    root: bytes


def sign_checkpoint(key: SigningKey, size: int, root: bytes, *successor: SigningKey) -> str:
    """Return the signed note for a log that is called as its key is.

    A successor signs too, where the log changes its key: the last signature says who goes on.

    The caller answers for never signing two checkpoints of which one does not begin with the
    other.
    """
    if size < 1 or len(root) != HASH_BYTES:
        raise NoteError(f"There is no checkpoint of {size} leaves and a {len(root)}-byte root.")
    encoded = base64.b64encode(root).decode()
    return sign_note(f"{key.name}\n{size}\n{encoded}\n", key, *successor)


def signed_last(note: str | bytes, key: Verifier) -> bool:
    """Return whether the last signature names this key: it is not verified."""
    _, signatures = parse_note(note)
    return (signatures[-1].name, signatures[-1].key_id) == (key.name, key.key_id)


def open_checkpoint(note: str | bytes, keys: Sequence[Verifier]) -> Checkpoint:
    """Return what the note states once it is verified, as `open_note` does.

    Raises NoteError also when it is no checkpoint, or when the log that it is about is none of
    those that signed it: a witness by itself does not speak for a log.
    """
    verified = open_note(note, keys)
    checkpoint = _parse(verified.text)
    if checkpoint.origin not in {key.name for key in verified.signed_by}:
        raise NoteError(
            "The checkpoint is of another log than the key that signed it.",
            "Ask that log's operator for a checkpoint, and use the log's own verifier key.",
        )
    return checkpoint


def read_checkpoint(note: str | bytes) -> Checkpoint:
    """Return what a note that was verified before states; NoteError when it is no checkpoint."""
    return _parse(parse_note(note)[0])


def _parse(text: str) -> Checkpoint:
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3 or not all(lines):  # noqa: PLR2004 - origin, size, root
        raise NoteError("A checkpoint has three lines, none of them empty: origin, size, root.")
    origin, size, encoded, *_extensions = lines
    root = decode_base64(encoded)
    if not _SIZE.fullmatch(size) or len(root) != HASH_BYTES:
        raise NoteError("The checkpoint's size is not a decimal number or its root not 32 bytes.")
    return Checkpoint(origin, int(size), root)
