"""Making proofs from the stored log."""

from sqlalchemy import Connection

from consent_ledger.log_proof import LogProof
from consent_ledger.merkle_proofs import inclusion_proof
from consent_ledger.transparency_log import TransparencyLogError, entries, head, stored_nodes


def prove_entry(connection: Connection, seq: int) -> LogProof:
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
