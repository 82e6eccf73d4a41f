"""Proof of one disclosure: it is in a batch whose Merkle root is in an entry of the ledger.

It travels as the `extra` of the entry's own proof, see `log_proof`: JSON with the entry, the
disclosure's leaf, and the way from that leaf to the root that the entry states.
"""

import json
from dataclasses import dataclass
from typing import Self

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.rights.proof_json import in_base64, read_object
from consent_ledger.transparency.merkle import leaf_hash
from consent_ledger.transparency.merkle_proofs import ProofError, verify_inclusion
from consent_ledger.transparency.note_keys import decode_base64


@dataclass(frozen=True, slots=True)
class DisclosureProof:
    """The entry's leaf, and the disclosure's place in one of its batches."""

    entry: bytes
    disclosure: bytes
    index: int
    hashes: tuple[bytes, ...]

    def pack(self) -> bytes:
        """Return the proof as JSON."""
        content = {
            "entry": self.entry.decode(),
            "disclosure": self.disclosure.decode(),
            "index": self.index,
            "hashes": in_base64(self.hashes),
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def unpack(cls, extra: bytes) -> Self | None:
        """Read what `pack` wrote; None where it is something else, such as an entry by itself.

        Raises ProofError when it is a disclosure's proof and not one that `pack` wrote; NoteError
        when what should be base64 is not.
        """
        content = read_object(extra)
        if "disclosure" not in content:
            return None
        match content:
            case {
                "entry": str(entry),
                "disclosure": str(disclosure),
                "index": int(index),
                "hashes": list(hashes),
            } if all(isinstance(one, str) for one in hashes):
                path = tuple(map(decode_base64, hashes))
                return cls(entry.encode(), disclosure.encode(), index, path)
        raise ProofError("The proof of a disclosure is not complete.", "Take the whole file.")

    def verify(self) -> None:
        """Raise ProofError unless the entry states a batch with this disclosure.

        That the ledger has the entry is for `log_proof.verify_proof` to say.
        """
        entry, disclosed = read_object(self.entry), read_object(self.disclosure)
        match entry:
            case {"kind": EntryKind.DISCLOSED.value, "turn": int(turn), "batches": dict(batches)}:
                batch = batches.get(disclosed.get("agreement"))
            case _:
                raise ProofError("The entry is not about disclosures.")
        match batch:
            case {"count": int(count), "root": str(root)} if disclosed.get("turn") == turn:
                verify_inclusion(
                    leaf_hash(self.disclosure), self.index, count, self.hashes, bytes.fromhex(root)
                )
            case _:
                raise ProofError("The entry is about other disclosures than this.")
