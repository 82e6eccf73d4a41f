"""A recipient keeps the ledger's last checkpoint, and demands that every newer one begins with it.

So nobody can show it a ledger that was cut short, changed or written anew, not even who holds the
ledger's key. What is refused is kept beside it: two statements by one key that exclude each other.
"""

import json
from pathlib import Path
from typing import NamedTuple

from consent_ledger.transparency.checkpoint import (
    Checkpoint,
    open_checkpoint,
    read_checkpoint,
    signed_last,
)
from consent_ledger.transparency.key_proofs import KeyFollowed, follow_key_changes
from consent_ledger.transparency.merkle_proofs import (
    ProofError,
    consistency_proof,
    verify_consistency,
)
from consent_ledger.transparency.note_keys import VerifierKey
from consumers.ledger_tiles import LedgerSource, key_changes, newest_checkpoint, nodes_of
from schemas.errors import BusError
from schemas.files import replace_file


class LedgerForkError(BusError):
    """The ledger no longer begins with what it was: `evidence` is the file that shows both."""

    def __init__(self, message: str, evidence: Path) -> None:
        super().__init__(
            message,
            f"Both checkpoints are in {evidence}. Show it to somebody independent of the hub, and"
            " take nothing from this ledger as proven.",
        )
        self.evidence = evidence


class Followed(NamedTuple):
    """The checkpoint that was kept before, None at the first time, and the one that is kept now."""

    before: Checkpoint | None
    now: Checkpoint


class LedgerFollower:
    """Follows the ledger with one file and one public key, from where the recipient trusts it.

    The key may be an older one: changes of the key are followed, each signed by the key before.
    """

    def __init__(self, source: LedgerSource, state: Path, key: VerifierKey) -> None:
        self._source = source
        self._state = state
        self._key = key

    def follow(self) -> Followed:
        """Fetch the newest checkpoint and keep it, once it is proven to begin with the one kept.

        Raises:
            LedgerForkError: it does not; the evidence is written down, and the old one is kept.
            LedgerAwayError: that could not be found out.
            NoteError: what is served is not signed by the ledger's key.
            ProofError: a change of the ledger's key is not proven.

        """
        note = newest_checkpoint(self._source)
        keys = self._keys_up_to(note)
        newest = open_checkpoint(note, [keys[-1].key])
        kept = self._state.read_bytes() if self._state.exists() else None
        for older in (*(one.since for one in keys if one.since), kept):
            if older is not None:
                self._demand(older if isinstance(older, bytes) else older.encode(), note, newest)
        if kept != note:
            replace_file(self._state, note, 0o644)
        return Followed(read_checkpoint(kept) if kept else None, newest)

    def _keys_up_to(self, note: bytes) -> list[KeyFollowed]:
        if signed_last(note, self._key):
            return [KeyFollowed(self._key, None)]
        keys = follow_key_changes(self._key, key_changes(self._source))
        places = [at for at, one in enumerate(keys, start=1) if signed_last(note, one.key)]
        return keys[: max(places, default=1)]

    def _demand(self, older_note: bytes, note: bytes, newest: Checkpoint) -> None:
        older = read_checkpoint(older_note)
        if older.origin != newest.origin:
            raise BusError(
                f"The checkpoint in {self._state} is of another log, {older.origin}.",
                "Keep each log's checkpoint in a file of its own.",
            )
        if newest.size < older.size:
            self._refuse(
                older_note, note, f"had {older.size:,} entries, and now has {newest.size:,}"
            )
        proof = []
        if newest.size > older.size:
            nodes = nodes_of(self._source, newest.size)
            proof = consistency_proof(nodes, older.size, newest.size)
        try:
            verify_consistency(older.size, older.root, newest.size, newest.root, proof)
        except ProofError:
            self._refuse(
                older_note, note, f"does not begin any more with the {older.size:,} entries it had"
            )

    def _refuse(self, older_note: bytes, note: bytes, why: str) -> None:
        offered = read_checkpoint(note)
        name = f"{self._state.name}.refused-{offered.size}-{offered.root.hex()[:8]}.json"
        evidence = self._state.with_name(name)
        said = f"The ledger {offered.origin} {why}"
        content = {"why": said, "kept": older_note.decode(), "offered": note.decode()}
        evidence.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
        raise LedgerForkError(f"{said}.", evidence)
