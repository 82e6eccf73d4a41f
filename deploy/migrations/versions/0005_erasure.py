"""Erasure: somebody being erased, and what is left of somebody who was."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Let a participant be between active and erased, and an erased one be a bare number."""
    for column, kind in (
        ("ledger_id", sa.Uuid()),
        ("registered_by", sa.Text()),
        ("registered_at", sa.DateTime(timezone=True)),
    ):
        op.alter_column("participant", column, existing_type=kind, nullable=True, schema="ledger")
    op.drop_constraint("state_known", "participant", schema="ledger")
    op.create_check_constraint(
        "state_known", "participant", "state IN ('active', 'erasing', 'erased')", schema="ledger"
    )
    op.create_check_constraint(
        "erased_is_a_bare_number",
        "participant",
        "(state = 'erased') = (ledger_id IS NULL)",
        schema="ledger",
    )
    op.create_index(
        "change_by_participant",
        "change",
        ["participant_id", "seq"],
        unique=False,
        schema="ledger",
        postgresql_where=sa.text("participant_id IS NOT NULL"),
    )
