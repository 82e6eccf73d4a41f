"""Enforcements are covered by entries of the ledger; places of trays can be put right."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add where an enforcement is entered: earlier ones are entered when the filter next runs."""
    op.add_column(
        "enforcement",
        sa.Column(
            "entered_by",
            sa.BigInteger(),
            comment="Ledger entry whose Merkle root covers this; none yet",
        ),
        schema="ledger",
    )
    op.create_index(
        "enforcement_by_entered_by",
        "enforcement",
        ["entered_by", "seq", "shard_id"],
        schema="ledger",
    )
