"""How far the readers of trays have come over HTTP: what a certificate of erasure names."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"

_ROLE: Final = "nwd_app"


def upgrade() -> None:
    """Make the table: a row for each tray that is read so, changed with its reader's cursor."""
    op.execute("CREATE SCHEMA inbox")
    op.execute(f"GRANT USAGE ON SCHEMA inbox TO {_ROLE}")
    op.create_table(
        "read_so_far",
        sa.Column("agreement_id", sa.Text(), primary_key=True),
        sa.Column("organisation", sa.Text(), nullable=False, comment="whose key it was"),
        sa.Column(
            "topic_id",
            sa.Text(),
            nullable=False,
            comment="another one: the topic was made again",
        ),
        sa.Column(
            "positions",
            sa.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="by partition, the next offset",
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        schema="inbox",
        comment="the cursor that a tray's reader came with last: all before it was read",
    )
    op.execute(
        "GRANT SELECT, INSERT, UPDATE (organisation, topic_id, positions, seen_at)"
        f" ON inbox.read_so_far TO {_ROLE}"
    )
