"""The latest moment that a shard decided for, so that a clock that is set back is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add it; so far it is the moment up to which expiries are done."""
    op.add_column(
        "shard",
        sa.Column(
            "decided_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="The latest moment that something was decided for since; clocks can be set back",
        ),
        schema="ledger",
    )
    op.execute("UPDATE ledger.shard SET decided_until = checked_at")
    op.alter_column("shard", "decided_until", nullable=False, schema="ledger")
