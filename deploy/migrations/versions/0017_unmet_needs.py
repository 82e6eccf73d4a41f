"""Why somebody was turned away, among the hub's figures."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the column; the agreement's next version fills it."""
    op.add_column(
        "fact",
        sa.Column("decline_reason", sa.Text(), comment="why it, or what was offered, was declined"),
        schema="analytics",
    )
