"""Enforcement in the ledger: the count and Merkle root of what the shards have carried out.

It is entered beside the filter, which does not wait for it. The rows stay, so a batch's hashes can
always be made again.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import BigInteger, SmallInteger, bindparam, func, update
from sqlalchemy.dialects.postgresql import ARRAY

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

_PLACES = (
    func.unnest(
        bindparam("entries", type_=ARRAY(BigInteger)),
        bindparam("shards", type_=ARRAY(SmallInteger)),
    )
    .table_valued("seq", "shard_id", name="places")
    .render_derived()
)
# built once, with as many places as there may be: the filter is in the same process, and waits
_ENTERED = (
    update(enforcement)
    .where(enforcement.c.seq == _PLACES.c.seq, enforcement.c.shard_id == _PLACES.c.shard_id)
    .values(entered_by=bindparam("covering", type_=BigInteger))
)


def enter_enforcements(tx: PostgresLedgerRows) -> int:
    """Enter what has been carried out since, and return how many enforcements that were.

    Several processes may do this at once; each takes other rows.
    """
    rows = [EnforcedRow(*row) for row in tx.connection.execute(_WAITING)]
    if not rows:
        return 0
    (seq,) = record(tx, [enforcement_entry(rows)])
    tx.connection.execute(
        _ENTERED,
        {
            "covering": seq,
            "entries": [row.entry for row in rows],
            "shards": [row.shard_id for row in rows],
        },
    )
    return len(rows)


def enforcement_entry(rows: Sequence[EnforcedRow]) -> NewEntry:
    """Return the entry of a batch of enforcements, which are in its order."""
    root = merkle_root([row.leaf_hash() for row in rows])
    return NewEntry(EntryKind.ENFORCED, facts={"count": len(rows), "root": root.hex()})
