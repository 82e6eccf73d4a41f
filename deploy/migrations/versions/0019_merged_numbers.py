"""A small index of the numbers that are merged, which a registration asks of many people."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "participant_merged",
        "participant",
        ["participant_id"],
        schema="ledger",
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
