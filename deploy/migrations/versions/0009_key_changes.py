"""An index of the entries that change the log's key: verification asks for them first."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the index."""
    op.create_index(
        "entry_of_key_change",
        "entry",
        ["seq"],
        unique=False,
        schema="ledger",
        postgresql_where=sa.text('position(\'"kind":"key"\'::bytea IN leaf) > 0'),
    )
