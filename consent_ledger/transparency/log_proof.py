"""Proofs that a leaf is in the log (c2sp.org/tlog-proof), checked with only a public key.

c2sp.org/tlog-proof@v1
extra <base64: here the leaf itself>
index <the leaf's place, decimal>
<base64 of a hash of the inclusion proof>, one a line, from the leaf's side
<empty line>
<checkpoint>
"""

import base64
import re
from dataclasses import dataclass
from typing import Final

from consent_ledger.transparency.checkpoint import Checkpoint, open_checkpoint
from consent_ledger.transparency.merkle import leaf_hash
from consent_ledger.transparency.merkle_proofs import ProofError, verify_inclusion
from consent_ledger.transparency.note_keys import VerifierKey, decode_base64

HEADER: Final = "c2sp.org/tlog-proof@v1"
SUFFIX: Final = ".tlog-proof"
MAX_PROOF_BYTES: Final = 512 * 1024
"""A leaf and the checkpoint with sixteen signatures, both in base64, and 63 hashes."""

_INDEX: Final = re.compile("index (0|[1-9][0-9]{0,18})")
_EXTRA: Final = "extra "


@dataclass(frozen=True, slots=True)
class LogProof:
    """A proof as it is kept in a file. Nothing in it counts before `verify_proof` has passed.

    `extra` is opaque to the format: the bus keeps the leaf there, so that one file is enough.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    extra: bytes | None = None


def format_proof(proof: LogProof) -> str:
    """Return the proof as its file holds it."""
    lines = [HEADER]
    if proof.extra is not None:
        lines.append(_EXTRA + base64.b64encode(proof.extra).decode())
    lines.append(f"index {proof.index}")
    lines += [base64.b64encode(hashed).decode() for hashed in proof.hashes]
    return "\n".join(lines) + "\n\n" + proof.checkpoint


def parse_proof(text: str | bytes) -> LogProof:
    """Take a proof apart without trusting it.

    Raises ProofError when it is none, or is longer than a proof can be; NoteError when what should
    be base64 is not.
    """
    encoded = text.encode() if isinstance(text, str) else text
    if len(encoded) > MAX_PROOF_BYTES:
        raise ProofError(f"A proof has no more than {MAX_PROOF_BYTES:,} bytes.")
    try:
        head, separator, checkpoint = encoded.decode().partition("\n\n")
    except UnicodeDecodeError:
        raise _no_proof() from None
    header, *lines = head.split("\n")
    if header != HEADER or not separator or not lines:
        raise _no_proof()
    extra = None
    if lines[0].startswith(_EXTRA):
        extra = decode_base64(lines.pop(0).removeprefix(_EXTRA))
    index = _INDEX.fullmatch(lines[0]) if lines else None
    if index is None:
        raise _no_proof()
    hashes = tuple(map(decode_base64, lines[1:]))
    return LogProof(int(index[1]), hashes, checkpoint, extra)


def verify_proof(proof: LogProof, leaf: bytes, key: VerifierKey) -> Checkpoint:
    """Return the checkpoint once the leaf is proven to be at `proof.index` beneath it.

    Raises NoteError when the checkpoint is malformed, or this key has not signed it; ProofError
    when the hashes do not lead from this leaf to the checkpoint's root.
    """
    checkpoint = open_checkpoint(proof.checkpoint, [key])
    verify_inclusion(leaf_hash(leaf), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return checkpoint


def _no_proof() -> ProofError:
    return ProofError(
        f"This is not a proof: it does not begin with {HEADER}, an index and hashes.",
        "Take the whole file as `nwd ledger prove` wrote it.",
    )
