"""Making proofs from the stored log."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection, select

from consent_ledger.rights.disclosure_batches import split_hashes
from consent_ledger.rights.disclosure_leaves import disclosure_leaf, leaf_hash_of
from consent_ledger.rights.disclosure_proof import DisclosureProof
from consent_ledger.tables.delivery import disclosure, disclosure_batch
from consent_ledger.tables.register import participant
from consent_ledger.transparency.log_proof import LogProof
from consent_ledger.transparency.merkle_proofs import inclusion_proof, nodes_over
from consent_ledger.transparency.transparency_log import (
    TransparencyLogError,
    entries,
    head,
    stored_nodes,
)
from schemas.identifiers import LedgerIndex, PassportNumber


def prove_entry(connection: Connection, seq: LedgerIndex) -> LogProof:
    """Prove that an entry stands in the log as its newest checkpoint states it; its leaf is along.

    Raises:
        TransparencyLogError: there is no such entry.

    """
    newest = head(connection)
    found = next(entries(connection, seq, seq + 1), None)
    if found is None or newest.checkpoint is None or seq >= newest.size:
        raise TransparencyLogError(
            f"There is no entry {seq}.", f"The ledger has {newest.size:,}, from 0."
        )
    hashes = inclusion_proof(stored_nodes(connection), seq, newest.size)
    return LogProof(seq, tuple(hashes), newest.checkpoint, bytes(found.leaf))


def prove_disclosures(connection: Connection, participant_id: PassportNumber) -> Iterator[LogProof]:
    """Prove each disclosure of a participant that is in the ledger by now, the newest first."""
    leaf = disclosure_leaf()
    rows = connection.execute(
        select(leaf, leaf_hash_of(leaf), disclosure_batch.c.seq, disclosure_batch.c.hashes)
        .join_from(
            disclosure, participant, participant.c.participant_id == disclosure.c.participant_id
        )
        .join(
            disclosure_batch,
            (disclosure_batch.c.turn == disclosure.c.turn)
            & (disclosure_batch.c.agreement_id == disclosure.c.agreement_id),
        )
        .where(disclosure.c.participant_id == participant_id)
        .order_by(disclosure_batch.c.seq.desc(), disclosure.c.agreement_id, disclosure.c.event_id)
    ).all()
    for text, hashed, seq, joined in rows:
        entry = prove_entry(connection, seq)
        hashes = split_hashes(bytes(joined))
        index = hashes.index(bytes(hashed))
        path = inclusion_proof(nodes_over(hashes), index, len(hashes))
        proof = DisclosureProof(entry.extra or b"", text.encode(), index, tuple(path))
        yield replace(entry, extra=proof.pack())
