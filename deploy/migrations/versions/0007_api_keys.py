"""API keys of organisations."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_ROLE: Final = "nwd_app"


def upgrade() -> None:
    """Make the table: a key is made and revoked, and nothing else of it changes."""
    op.create_table(
        "api_key",
        sa.Column("key_id", sa.Text(), primary_key=True, comment="Names the key; no secret"),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=False,
            unique=True,
            comment="SHA-256 of the secret",
        ),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="Ledger entry that made it"),
        sa.CheckConstraint("octet_length(digest) = 32", name="api_key_digest_is_sha256"),
        sa.CheckConstraint("expires_at > made_at", name="api_key_expires"),
        schema="ledger",
        comment="Keys by which organisations use the API: of the secret only its digest",
    )
    op.execute("ALTER TABLE ledger.api_key ALTER COLUMN digest SET STATISTICS 0")
    op.execute(f"GRANT SELECT, INSERT, UPDATE (revoked_at) ON ledger.api_key TO {_ROLE}")
