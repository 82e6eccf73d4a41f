"""Disclosures are found by their event: its agreements are few, and in one place.

With the agreement each row of an event had a key of its own: it took PostgreSQL a fifth of what a
disclosure costs to write.
"""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Make the index anew."""
    op.drop_index("disclosure_by_event", "disclosure", schema="ledger")
    op.create_index(
        "disclosure_by_event", "disclosure", ["participant_id", "event_id"], schema="ledger"
    )
