"""Enforcements and certificates are covered by entries of the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add which entry covers each: earlier enforcements are entered when the filter next runs."""
    op.add_column(
        "enforcement",
        sa.Column(
            "entered_by",
            sa.BigInteger(),
            comment="Ledger entry whose Merkle root covers this; none yet",
        ),
        schema="ledger",
    )
    op.add_column(
        "erasure_certificate",
        sa.Column(
            "entered_by", sa.BigInteger(), comment="Ledger entry with the digest of the body"
        ),
        schema="ledger",
    )
    op.create_index(
        "enforcement_by_entered_by",
        "enforcement",
        ["entered_by", "seq", "shard_id"],
        schema="ledger",
    )
