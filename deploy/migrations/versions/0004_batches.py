"""What waits for the next batch of a pseudonymous tray."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "waiting",
        sa.Column("participant_id", sa.Text(), primary_key=True),
        sa.Column("event_id", sa.Uuid(), primary_key=True),
        sa.Column("agreement_id", sa.Text(), primary_key=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        schema="ledger",
        comment="Events that a tray is to show with its next batch, decided about again at that moment",
    )
    op.create_index("waiting_by_agreement", "waiting", ["agreement_id", "since"], schema="ledger")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.waiting TO nwd_app")
