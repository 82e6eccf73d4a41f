"""Making proofs from the stored log."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, select

from consent_ledger.ledger.enforcement import enforced, is_part_of
from consent_ledger.rights.disclosure_batches import split_hashes
from consent_ledger.rights.disclosure_leaves import disclosure_leaf, leaf_hash_of
from consent_ledger.rights.disclosure_proof import DisclosureProof
from consent_ledger.rights.enforcement_leaves import ENFORCED_ROWS, EnforcedRow
from consent_ledger.rights.enforcement_proof import EnforcementProof, ProvenEnforcement
from consent_ledger.tables.delivery import disclosure, disclosure_batch, enforcement
from consent_ledger.tables.register import participant
from consent_ledger.transparency.checkpoint import read_checkpoint
from consent_ledger.transparency.log_proof import LogProof
from consent_ledger.transparency.merkle_proofs import inclusion_proof, nodes_over
from consent_ledger.transparency.transparency_log import (
    TransparencyLogError,
    entries,
    head,
    stored_nodes,
)
from schemas.identifiers import LedgerIndex, PassportNumber

_OF_CHANGE: Final = ENFORCED_ROWS.order_by(enforcement.c.seq, enforcement.c.shard_id)


def prove_entry(connection: Connection, seq: LedgerIndex) -> LogProof:
    """Prove that an entry is in the log as its newest checkpoint states it, and include its leaf.

    Raises TransparencyLogError when there is no such entry.
    """
    newest = head(connection)
    found = next(entries(connection, seq, seq + 1), None)
    if found is None or newest.checkpoint is None or seq >= newest.size:
        raise TransparencyLogError(
            f"There is no entry {seq}.", f"The ledger has {newest.size:,}, from 0."
        )
    hashes = inclusion_proof(stored_nodes(connection), seq, newest.size)
    return LogProof(seq, tuple(hashes), newest.checkpoint, bytes(found.leaf))


def prove_enforcement(connection: Connection, seq: LedgerIndex) -> LogProof:
    """Prove when a change was recorded and when every shard had carried it out, at what cost.

    Raises TransparencyLogError when there is no such entry, or its enforcement is not in the
    ledger: nothing asks for it, it is not carried out yet, or was a few seconds ago.
    """
    rows = [EnforcedRow(*row) for row in connection.execute(_OF_CHANGE.where(is_part_of(seq)))]
    covered = [(row, row.seq) for row in rows if row.seq is not None]
    if not rows or len(covered) < len(rows) or enforced(connection, seq) is None:
        raise TransparencyLogError(
            f"The ledger does not state that entry {seq} was carried out.",
            "That is entered a few seconds after it was done, while `nwd up` or `nwd run filter`"
            " runs. An entry that changes nothing in a tray has no enforcement.",
        )
    proof = prove_entry(connection, seq)
    size = read_checkpoint(proof.checkpoint).size
    proven = tuple(_prove_row(connection, row, covering, size) for row, covering in covered)
    return replace(proof, extra=EnforcementProof(proof.extra or b"", proven).pack())


def _prove_row(
    connection: Connection, row: EnforcedRow, seq: LedgerIndex, size: int
) -> ProvenEnforcement:
    """Prove an enforcement by the entry that covers it, in a ledger of that size."""
    of_batch = connection.execute(_OF_CHANGE.where(enforcement.c.entered_by == seq))
    batch = [EnforcedRow(*one) for one in of_batch]
    hashes = [one.leaf_hash() for one in batch]
    place = batch.index(row)
    (covering,) = entries(connection, seq, seq + 1)
    return ProvenEnforcement(
        row.leaf(),
        place,
        tuple(inclusion_proof(nodes_over(hashes), place, len(hashes))),
        bytes(covering.leaf),
        seq,
        tuple(inclusion_proof(stored_nodes(connection), seq, size)),
    )


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
