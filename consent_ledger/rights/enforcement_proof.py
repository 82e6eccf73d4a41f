"""Proof of both times of a change: its entry, and when each shard had carried it out, at what cost.

It travels as the `extra` of the entry's own proof, see `log_proof`: JSON with the entry, and for
each enforcement its leaf, the entry that states the root over it, and the way from the one to the
other and to the checkpoint's root.
"""

from dataclasses import dataclass
from typing import Any, Self

from consent_ledger.ledger.entries import EntryKind, canonical
from consent_ledger.rights.proof_json import in_base64, read_object
from consent_ledger.transparency.checkpoint import Checkpoint
from consent_ledger.transparency.merkle import leaf_hash
from consent_ledger.transparency.merkle_proofs import ProofError, verify_inclusion
from consent_ledger.transparency.note_keys import decode_base64

_INCOMPLETE = ProofError("The proof of an enforcement is not complete.", "Take the whole file.")


@dataclass(frozen=True, slots=True)
class ProvenEnforcement:
    """One enforcement: its leaf, its place in a batch, and the place of the batch in the ledger."""

    enforcement: bytes
    place: int
    path: tuple[bytes, ...]
    entry: bytes
    index: int
    hashes: tuple[bytes, ...]

    def verify(self, checkpoint: Checkpoint) -> None:
        """Raise ProofError unless the ledger states a batch that this enforcement is in."""
        verify_inclusion(
            leaf_hash(self.entry), self.index, checkpoint.size, self.hashes, checkpoint.root
        )
        match read_object(self.entry):
            case {"kind": EntryKind.ENFORCED.value, "count": int(count), "root": str(root)}:
                hashed = leaf_hash(self.enforcement)
                verify_inclusion(hashed, self.place, count, self.path, bytes.fromhex(root))
            case _:
                raise ProofError("The entry is not about enforcements.")

    def pack(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "enforcement": self.enforcement.decode(),
            "place": self.place,
            "path": in_base64(self.path),
            "entry": self.entry.decode(),
            "index": self.index,
            "hashes": in_base64(self.hashes),
        }

    @classmethod
    def unpack(cls, content: Any) -> Self:
        """Read what `pack` wrote. Raises ProofError, or NoteError where it is not base64."""
        match content:
            case {
                "enforcement": str(enforcement),
                "place": int(place),
                "path": list(path),
                "entry": str(entry),
                "index": int(index),
                "hashes": list(hashes),
            } if all(isinstance(one, str) for one in (*path, *hashes)):
                return cls(
                    enforcement.encode(),
                    place,
                    tuple(map(decode_base64, path)),
                    entry.encode(),
                    index,
                    tuple(map(decode_base64, hashes)),
                )
        raise _INCOMPLETE


@dataclass(frozen=True, slots=True)
class EnforcementProof:
    """The leaf of the entry that was carried out, and the proof of each enforcement of it.

    Those of its parts, which were entered with it for other numbers of the person, are among them.
    """

    entry: bytes
    enforced: tuple[ProvenEnforcement, ...]

    def pack(self) -> bytes:
        """Return the proof as JSON."""
        enforced = [one.pack() for one in self.enforced]
        return canonical({"entry": self.entry.decode(), "enforced": enforced})

    @classmethod
    def unpack(cls, extra: bytes) -> Self | None:
        """Read what `pack` wrote; None where it is something else, such as an entry by itself.

        Raises ProofError when it is an enforcement's proof and not one that `pack` wrote; NoteError
        when what should be base64 is not.
        """
        match read_object(extra):
            case {"enforced": list(enforced), "entry": str(entry)}:
                return cls(entry.encode(), tuple(map(ProvenEnforcement.unpack, enforced)))
            case {"enforced": _}:
                raise _INCOMPLETE
        return None

    def verify(self, index: int, checkpoint: Checkpoint) -> list[dict[str, Any]]:
        """Return what each enforcement says, once all of them are proven to be of entry `index`.

        That the ledger has the entry itself is for `log_proof.verify_proof` to say. Raises
        ProofError.
        """
        if not self.enforced:
            raise _INCOMPLETE
        said = []
        for proven in self.enforced:
            proven.verify(checkpoint)
            enforcement = read_object(proven.enforcement)
            if index not in (enforcement.get("entry"), enforcement.get("part_of")):
                raise ProofError("An enforcement is that of another entry.")
            said.append(enforcement)
        return said


def told_to_delete(enforced: list[dict[str, Any]], agreement_id: str) -> int:
    """Return how many records a recipient was told to delete, by what enforcements say."""
    costs = (one["by_agreement"].get(agreement_id, {}) for one in enforced)
    return sum(cost.get("tombstones", 0) for cost in costs)
