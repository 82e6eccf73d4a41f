"""The directory's tables: one PostgreSQL schema, which no other room reads. No person is in it."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR

metadata = MetaData(schema="directory")

listing = Table(
    "listing",
    metadata,
    Column("listing_id", Uuid, primary_key=True, comment="As its organisation's file has it"),
    Column("provider_id", Text, nullable=False, comment="Whose file it comes from"),
    Column("service_id", Text, unique=True, comment="The bus's service that it describes"),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("closes_on", Date),
    Column("assured_on", Date),
    Column("areas", ARRAY(Text), nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("words", TSVECTOR, nullable=False, comment="What it is for"),
    Column("access_words", TSVECTOR, nullable=False, comment="How one gets there and in"),
    Column("body", JSONB, nullable=False, comment="The whole listing"),
    Column("capacity", Text, comment="Whether there is room"),
    Column("capacity_on", Date, comment="When that was said last"),
    Column("capacity_by", Text, comment="The organisation or operator that said so"),
    CheckConstraint(
        "(capacity IS NULL) = (capacity_on IS NULL) AND (capacity IS NULL) = (capacity_by IS NULL)",
        name="capacity_is_dated",
    ),
    Index("listing_words", "words", postgresql_using="gin"),
    comment="Services and opportunities, as organisations describe them in public",
)

confirmation_link = Table(
    "confirmation_link",
    metadata,
    Column(
        "listing_id",
        Uuid,
        ForeignKey("directory.listing.listing_id", ondelete="CASCADE"),
        primary_key=True,
    ),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the token"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("octet_length(digest) = 32", name="link_digest_is_sha256"),
    comment="The one link by which an organisation confirms a listing; gone once it is used",
)
