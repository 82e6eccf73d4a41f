"""The id of a webhook's message says how far it tells, so it is worked out and not kept."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Drop the column."""
    op.drop_column("endpoint", "message_id", schema="webhooks")
    op.alter_column(
        "endpoint",
        "pending_since",
        existing_type=sa.DateTime(timezone=True),
        comment="since when it takes no call",
        schema="webhooks",
    )
