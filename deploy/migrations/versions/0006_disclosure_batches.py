"""The disclosure log in the ledger: which turns are not there yet, and what is where."""

import sqlalchemy as sa
from alembic import op

from consent_ledger.tables.append_only import APPLICATION_ROLE

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables; turns that were closed before are to be entered, too."""
    op.create_index("disclosure_by_turn", "disclosure", ["turn"], unique=False, schema="ledger")
    op.create_table(
        "unentered_turn",
        sa.Column("turn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("turn"),
        schema="ledger",
        comment="Turns whose disclosures are not in the ledger yet",
    )
    op.create_table(
        "disclosure_batch",
        sa.Column("turn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column(
            "seq",
            sa.BigInteger(),
            nullable=False,
            comment="Ledger entry that holds its Merkle root",
        ),
        sa.Column(
            "hashes",
            sa.LargeBinary(),
            nullable=False,
            comment="Leaf hashes in the tree's order",
        ),
        sa.PrimaryKeyConstraint("turn", "agreement_id"),
        schema="ledger",
        comment="What a turn disclosed under an agreement: proofs read it, also after an erasure",
    )
    op.execute(
        "INSERT INTO ledger.unentered_turn (turn) SELECT DISTINCT turn FROM ledger.disclosure"
    )
    for rights, table in (
        ("SELECT, INSERT, UPDATE, DELETE", "unentered_turn"),  # FOR UPDATE needs UPDATE
        ("SELECT, INSERT", "disclosure_batch"),
    ):
        op.execute(f"GRANT {rights} ON ledger.{table} TO {APPLICATION_ROLE}")
