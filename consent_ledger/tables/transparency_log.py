"""Tables of the transparency log: its entries, its head, its checkpoints."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    LargeBinary,
    Table,
    Text,
    func,
    text,
    true,
)

from consent_ledger.tables import metadata

MAX_LEAF_BYTES: Final = 65_535
"""An entry bundle of c2sp.org/tlog-tiles has two bytes for an entry's length."""

KEY_CHANGE_MARK: Final = b'"kind":"key"'
"""In the leaf of each change of keys, and in no other: a leaf is canonical JSON."""
IS_KEY_CHANGE: Final = f"position('{KEY_CHANGE_MARK.decode()}'::bytea IN leaf) > 0"
"""The condition on entries that change the log's key: few, and found by an index of their own."""

entry = Table(
    "entry",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False, comment="from 0, no gaps"),
    Column("leaf", LargeBinary, nullable=False, comment="the bytes that the tree is over"),
    Column(
        "hashes",
        LargeBinary,
        nullable=False,
        comment="roots of the subtrees that this entry completes, its own leaf hash first: "
        "proofs read them, and they tell which entry was altered",
    ),
    Column(
        "recorded_at",
        DateTime(timezone=True),
        nullable=False,
        server_default=func.clock_timestamp(),
        comment="not covered by the tree: a time that must be proven belongs in the leaf",
    ),
    Index("entry_of_key_change", "seq", postgresql_where=text(IS_KEY_CHANGE)),
    CheckConstraint("seq >= 0", name="entry_seq_from_0"),
    CheckConstraint(f"octet_length(leaf) <= {MAX_LEAF_BYTES}", name="entry_leaf_fits_a_tile"),
)

head = Table(
    "head",
    metadata,
    Column("is_the_row", Boolean, primary_key=True, server_default=true()),
    Column("size", BigInteger, nullable=False, comment="number of entries: the next seq"),
    Column("state", LargeBinary, nullable=False, comment="CompactRange.to_bytes() of that size"),
    CheckConstraint("is_the_row", name="head_is_one_row"),
    comment="whoever appends locks this row, so there is one order of entries",
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False, comment="signed note, c2sp.org/tlog-checkpoint"),
    CheckConstraint("size > 0", name="checkpoint_of_something"),
)
