"""Signed notes (c2sp.org/signed-note): a text, an empty line, and signature lines.

text, one line or more
<empty line>
[em dash] <key name> <base64 of key id and signature>
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from consent_ledger.transparency.note_keys import (
    KEY_ID_BYTES,
    NoteError,
    SigningKey,
    Verifier,
    check_key_name,
    decode_base64,
)

MAX_NOTE_BYTES: Final = 128 * 1024
"""Sixteen signatures must be accepted, and a post-quantum one can take nearly 7 kB in base64."""

_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")  # all but the newline
_LINE_START: Final = "\N{EM DASH} "


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line, not verified: of whichever key and kind."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class VerifiedNote:
    """A note's text and the keys, out of those asked for, that signed it: one at least."""

    text: str
    signed_by: tuple[Verifier, ...]


def sign_note(text: str, *keys: SigningKey) -> str:
    """Return the note with a signature by each key; NoteError when a note cannot hold the text."""
    if not _checked_text(text).endswith("\n"):
        raise NoteError("A note's text ends with a newline.")
    lines = []
    for key in keys:
        encoded = base64.b64encode(key.key_id + key.sign(text)).decode()
        lines.append(f"{_LINE_START}{key.name} {encoded}\n")
    note = f"{text}\n{''.join(lines)}"
    parse_note(note)  # nothing is signed that a verifier would refuse to read
    return note


@lru_cache(maxsize=8)  # an append looks at the newest note four times, and signs the next one
def parse_note(note: str | bytes) -> tuple[str, tuple[NoteSignature, ...]]:
    """Take a note apart without trusting it: its text, and its signatures in their order.

    Raises NoteError when it is malformed or longer than MAX_NOTE_BYTES.
    """
    whole = _checked_text(note)
    text, separator, lines = whole.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise NoteError(
            "This is not a signed note: it has no signatures after an empty line.",
            "Copy the whole note, from its first line to its last.",
        )
    return text + "\n", tuple(_parse_line(line) for line in lines[:-1].split("\n"))


def open_note(note: str | bytes, keys: Sequence[Verifier]) -> VerifiedNote:
    """Return the note's text when at least one of the keys signed it.

    Signatures of other keys are ignored. Raises NoteError when one of the keys is named and its
    signature does not verify, when none is named, and when the note is malformed.
    """
    text, signatures = parse_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    signed_by: dict[Verifier, None] = {}  # a set that keeps the order
    for line in signatures:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        if not key.verifies(text, line.signature):
            raise NoteError(
                f"The signature of {key.name} does not verify.",
                "The text or the signature was altered: do not rely on anything in it.",
            )
        signed_by[key] = None
    if not signed_by:
        raise NoteError(
            "None of the known keys has signed this note.",
            "Check that the verifier key is the one of the log that the note is from.",
        )
    return VerifiedNote(text, tuple(signed_by))


def _checked_text(note: str | bytes) -> str:
    try:
        encoded = note.encode() if isinstance(note, str) else note
        text = encoded.decode()
    except UnicodeError:
        raise NoteError("The note is not valid UTF-8.") from None
    if len(encoded) > MAX_NOTE_BYTES:
        raise NoteError(f"The note has more than {MAX_NOTE_BYTES:,} bytes.")
    if _CONTROL.search(text):
        raise NoteError("The note has a control character in it.")
    return text


def _parse_line(line: str) -> NoteSignature:
    name, _, encoded = line.removeprefix(_LINE_START).partition(" ")
    if not line.startswith(_LINE_START):
        raise NoteError("A signature line of the note does not begin with a dash and a space.")
    check_key_name(name)
    signature = decode_base64(encoded)
    if len(signature) <= KEY_ID_BYTES:
        raise NoteError("A signature line of the note is too short to hold a signature.")
    return NoteSignature(name, signature[:KEY_ID_BYTES], signature[KEY_ID_BYTES:])
