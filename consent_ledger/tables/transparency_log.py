"""Tables of the transparency log: its entries, its head, its checkpoints."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Index,
    LargeBinary,
    Table,
    Text,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.schema import CreateSchema

from consent_ledger.tables import metadata
from consent_ledger.tables.append_only import (
    APPLICATION_ROLE,
    CREATE_APPLICATION_ROLE,
    CREATE_REFUSAL,
    append_only,
)

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


def install(connection: Connection) -> None:
    """Make the log's tables, triggers, grants and empty head; what is there already stays.

    Run it as the owner of the schema, with the right to create a role unless nwd_app exists.
    """
    connection.execute(CreateSchema("ledger", if_not_exists=True))
    metadata.create_all(connection, tables=[entry, head, checkpoint])
    connection.execute(insert(head).values(size=0, state=b"").on_conflict_do_nothing())
    for statement in (
        CREATE_REFUSAL,
        *append_only(entry),
        *append_only(checkpoint),
        CREATE_APPLICATION_ROLE,
        f"GRANT USAGE ON SCHEMA ledger TO {APPLICATION_ROLE}",
    ):
        connection.execute(text(statement))
    restrict(connection)


def restrict(connection: Connection) -> None:
    """Leave the application's role the rights it needs on the log's tables, and no other.

    To be run again after a grant on the whole schema.
    """
    for statement in (
        f"REVOKE ALL ON {entry}, {checkpoint}, {head} FROM {APPLICATION_ROLE}",
        f"GRANT SELECT, INSERT ON {entry}, {checkpoint} TO {APPLICATION_ROLE}",
        f"GRANT SELECT, UPDATE ON {head} TO {APPLICATION_ROLE}",
    ):
        connection.execute(text(statement))
