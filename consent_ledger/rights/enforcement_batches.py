"""Enforcement in the ledger: the count and Merkle root of what the shards have carried out.

It is entered beside the filter, which does not wait for it. The rows stay, so a batch's hashes can
always be made again.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import tuple_, update

from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import NewEntry, record
from consent_ledger.ledger.rows import PostgresLedgerRows
from consent_ledger.rights.enforcement_leaves import ENFORCED_ROWS, EnforcedRow
from consent_ledger.tables.delivery import enforcement
from consent_ledger.transparency.merkle import merkle_root

MOST: Final = 1_000
"""Enforcements in one entry."""

_WAITING = (
    ENFORCED_ROWS.where(enforcement.c.entered_by.is_(None))
    .order_by(enforcement.c.seq, enforcement.c.shard_id)
    .limit(MOST)
    .with_for_update(of=enforcement, skip_locked=True)
)


def enter_enforcements(tx: PostgresLedgerRows) -> int:
    """Enter what has been carried out since, and return how many enforcements that were.

    Several processes may do this at once; each takes other rows.
    """
    rows = [EnforcedRow(*row) for row in tx.connection.execute(_WAITING)]
    if not rows:
        return 0
    (seq,) = record(tx, [enforcement_entry(rows)])
    places = [(row.entry, row.shard_id) for row in rows]
    tx.connection.execute(
        update(enforcement)
        .where(tuple_(enforcement.c.seq, enforcement.c.shard_id).in_(places))
        .values(entered_by=seq)
    )
    return len(rows)


def enforcement_entry(rows: Sequence[EnforcedRow]) -> NewEntry:
    """Return the entry of a batch of enforcements, which are in its order."""
    root = merkle_root([row.leaf_hash() for row in rows])
    return NewEntry(EntryKind.ENFORCED, facts={"count": len(rows), "root": root.hex()})
