"""An enforcement's leaf: canonical JSON of when a shard carried an entry out, and what it cost."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, select

from consent_ledger.ledger.entries import FORMAT, canonical, moment
from consent_ledger.tables.consent import change
from consent_ledger.tables.delivery import enforcement
from consent_ledger.transparency.merkle import leaf_hash
from schemas.identifiers import AgreementId, LedgerIndex


class EnforcedRow(NamedTuple):
    """One entry as one shard carried it out.

    `seq` is the ledger's entry whose Merkle root covers the row, None until there is one; `entry`
    the one that was carried out, and `part_of` that which begins the change it is a part of.
    `by_agreement` has records written and retracted by agreement, `records` and `tombstones` their
    sums.
    """

    seq: LedgerIndex | None
    entry: LedgerIndex
    shard_id: int
    part_of: LedgerIndex | None
    records: int
    tombstones: int
    by_agreement: Mapping[AgreementId, Sequence[int]]
    enforced_at: datetime

    def leaf(self) -> bytes:
        """Return the leaf: the sums are not in it, which `by_agreement` gives."""
        content: dict[str, Any] = {
            "format": FORMAT,
            "entry": self.entry,
            "part_of": self.part_of,
            "shard": self.shard_id,
            "enforced_at": moment(self.enforced_at),
            "by_agreement": {
                agreement_id: {"records": records, "tombstones": tombstones}
                for agreement_id, (records, tombstones) in self.by_agreement.items()
            },
        }
        return canonical(content)

    def leaf_hash(self) -> bytes:
        """Return the leaf's hash in the batch's tree."""
        return leaf_hash(self.leaf())


ENFORCED_ROWS: Final[Select[Any]] = select(
    enforcement.c.entered_by,
    enforcement.c.seq,
    enforcement.c.shard_id,
    change.c.with_seq,
    enforcement.c.records,
    enforcement.c.tombstones,
    enforcement.c.by_agreement,
    enforcement.c.enforced_at,
).join_from(enforcement, change, change.c.seq == enforcement.c.seq, isouter=True)
"""The rows, each column in the order of `EnforcedRow`. A batch's order is by entry and shard."""
