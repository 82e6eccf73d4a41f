"""The table of the API keys that organisations have."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    LargeBinary,
    Table,
    Text,
)

from consent_ledger.tables import metadata

api_key = Table(
    "api_key",
    metadata,
    Column("key_id", Text, primary_key=True, comment="Names the key; no secret"),
    Column("organisation", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the secret"),
    Column("made_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("seq", BigInteger, nullable=False, comment="Ledger entry that made it"),
    CheckConstraint("octet_length(digest) = 32", name="api_key_digest_is_sha256"),
    CheckConstraint("expires_at > made_at", name="api_key_expires"),
    comment="Keys by which organisations use the API: of the secret only its digest",
)
