"""The service directory: public listings, whether they have room, and links to confirm them."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.schema import CreateSchema

revision = "0015"
down_revision = "0014"

_ROLE: Final = "nwd_app"
_RIGHTS: Final = {
    "directory.listing": "SELECT, INSERT, DELETE, UPDATE (service_id, kind, name, status,"
    " closes_on, assured_on, areas, languages, words, access_words, body, capacity, capacity_on,"
    " capacity_by)",
    "directory.confirmation_link": "SELECT, INSERT, DELETE, UPDATE (digest, expires_at)",
}


def upgrade() -> None:
    """Make both tables in a schema of their own: the ledger has no part in them."""
    op.execute(CreateSchema("directory"))
    op.execute(f"GRANT USAGE ON SCHEMA directory TO {_ROLE}")
    op.create_table(
        "listing",
        sa.Column(
            "listing_id", sa.Uuid(), primary_key=True, comment="As its organisation's file has it"
        ),
        sa.Column("provider_id", sa.Text(), nullable=False, comment="Whose file it comes from"),
        sa.Column(
            "service_id", sa.Text(), unique=True, comment="The bus's service that it describes"
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("closes_on", sa.Date()),
        sa.Column("assured_on", sa.Date()),
        sa.Column("areas", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("languages", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("words", TSVECTOR(), nullable=False, comment="What it is for"),
        sa.Column("access_words", TSVECTOR(), nullable=False, comment="How one gets there and in"),
        sa.Column("body", JSONB(), nullable=False, comment="The whole listing"),
        sa.Column("capacity", sa.Text(), comment="Whether there is room"),
        sa.Column("capacity_on", sa.Date(), comment="When that was said last"),
        sa.Column("capacity_by", sa.Text(), comment="The organisation or operator that said so"),
        sa.CheckConstraint(
            "(capacity IS NULL) = (capacity_on IS NULL) AND (capacity IS NULL) = (capacity_by IS NULL)",
            name="capacity_is_dated",
        ),
        schema="directory",
        comment="Services and opportunities, as organisations describe them in public",
    )
    op.create_index(
        "listing_words", "listing", ["words"], schema="directory", postgresql_using="gin"
    )
    op.create_table(
        "confirmation_link",
        sa.Column(
            "listing_id",
            sa.Uuid(),
            sa.ForeignKey("directory.listing.listing_id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=False,
            unique=True,
            comment="SHA-256 of the token",
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(digest) = 32", name="link_digest_is_sha256"),
        schema="directory",
        comment="The one link by which an organisation confirms a listing; gone once it is used",
    )
    op.execute("ALTER TABLE directory.confirmation_link ALTER COLUMN digest SET STATISTICS 0")
    for table, rights in _RIGHTS.items():
        op.execute(f"GRANT {rights} ON {table} TO {_ROLE}")
