"""Proofs of each change of the log's key, so that who trusts an older key can follow to the newest.

Entries are private, these ones are not: each is proven under the checkpoint that both keys signed.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

from consent_ledger.tables import transparency_log as tables
from consent_ledger.transparency.key_change import KeyChange
from consent_ledger.transparency.log_proof import LogProof, verify_proof
from consent_ledger.transparency.log_rows import key_changes
from consent_ledger.transparency.merkle_proofs import ProofError, inclusion_proof
from consent_ledger.transparency.note_keys import VerifierKey
from consent_ledger.transparency.transparency_log import entries, stored_nodes


class KeyFollowed(NamedTuple):
    """A key of the log, and the checkpoint under which it took over; None of the first one."""

    key: VerifierKey
    since: str | None


def prove_key_changes(connection: Connection) -> Iterator[LogProof]:
    """Prove every change of the log's key, in their order."""
    nodes = stored_nodes(connection)
    for change in key_changes(connection):
        size = change.seq + 1
        note = connection.scalar(
            select(tables.checkpoint.c.note).where(tables.checkpoint.c.size == size)
        )
        (entry,) = entries(connection, change.seq, size)
        hashes = inclusion_proof(nodes, change.seq, size)
        yield LogProof(change.seq, tuple(hashes), note or "", bytes(entry.leaf))


def follow_key_changes(trusted: VerifierKey, proofs: Iterable[LogProof]) -> list[KeyFollowed]:
    """Return the trusted key and those that took over from it, each proven by the one before.

    Raises NoteError when a checkpoint is not signed by both keys; ProofError when what is proven is
    no change of keys, or is not in the log.
    """
    followed = [KeyFollowed(trusted, None)]
    for proof in proofs:
        change = KeyChange.of(proof.index, proof.extra or b"")
        if change is None:
            raise ProofError("What should be a change of the log's key is another entry.")
        if change.old != followed[-1].key:
            continue  # of the time before the trusted key
        checkpoint = verify_proof(proof, proof.extra or b"", change.old)
        verify_proof(proof, proof.extra or b"", change.new)
        if checkpoint.size != proof.index + 1:
            raise ProofError("A change of the log's key is proven by a checkpoint of another time.")
        followed.append(KeyFollowed(change.new, proof.checkpoint))
    return followed
