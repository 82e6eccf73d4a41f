"""What erasure and dead letters keep: references, certificates, and who opened a letter."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from consent_ledger.tables.append_only import APPLICATION_ROLE, append_only
from consent_ledger.tables.rights import dead_letter_use

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "erased_reference",
        sa.Column(
            "digest", sa.LargeBinary(), nullable=False, comment="HMAC: see provider_reference"
        ),
        sa.PrimaryKeyConstraint("digest"),
        schema="ledger",
        comment="References under which a provider knew somebody who was erased, joined to nobody",
    )
    op.create_table(
        "erasure_certificate",
        sa.Column(
            "seq",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="The ledger's entry",
        ),
        sa.Column("body", JSONB(), nullable=False, comment="Counts, offsets and moments"),
        sa.PrimaryKeyConstraint("seq"),
        schema="ledger",
        comment="What was found when an erasure was read back, and who has acknowledged it since",
    )
    op.create_table(
        "dead_letter_use",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "origin", sa.Text(), nullable=False, comment="Topic, partition and offset of an in-tray"
        ),
        sa.Column("operator", sa.Text(), nullable=False, comment="Who of the hub's people did it"),
        sa.Column("did", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("did IN ('shown', 'replayed')", name="did_known"),
        sa.PrimaryKeyConstraint("number"),
        schema="ledger",
        comment="Who opened a sealed dead letter: append-only",
    )
    for rights, table in (
        ("SELECT, INSERT, DELETE", "erased_reference"),
        ("SELECT, INSERT, UPDATE", "erasure_certificate"),
        ("SELECT, INSERT", "dead_letter_use"),
    ):
        op.execute(f"GRANT {rights} ON ledger.{table} TO {APPLICATION_ROLE}")
    for statement in append_only(dead_letter_use):
        op.execute(statement)
