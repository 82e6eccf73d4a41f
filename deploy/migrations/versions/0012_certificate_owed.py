"""A certificate that is owed: an erasure whose command ended before everything was read back."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Let a row stand for it until the certificate is made."""
    op.alter_column("erasure_certificate", "body", nullable=True, schema="ledger")
    op.add_column(
        "erasure_certificate",
        sa.Column(
            "owed_for",
            sa.ARRAY(sa.Text()),
            nullable=True,
            comment="Until it is made: the codes of the person's numbers on the suppression list",
        ),
        schema="ledger",
    )
    op.create_check_constraint(
        "owed_or_made",
        "erasure_certificate",
        "(body IS NULL) = (owed_for IS NOT NULL)",
        schema="ledger",
    )
