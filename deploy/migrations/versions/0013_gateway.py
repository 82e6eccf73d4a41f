"""The gateway: the requests that it keeps, and where it has put events."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSchema

revision = "0013"
down_revision = "0012"

_ROLE: Final = "nwd_app"


def upgrade() -> None:
    """Make the schema with its tables."""
    op.execute(CreateSchema("gateway"))
    op.execute(f"GRANT USAGE ON SCHEMA gateway TO {_ROLE}")
    op.create_table(
        "request",
        sa.Column("provider_id", sa.Text(), primary_key=True),
        sa.Column(
            "key", sa.LargeBinary(), primary_key=True, comment="Keyed digest of the Idempotency-Key"
        ),
        sa.Column("body", sa.LargeBinary(), nullable=False, comment="Keyed digest of the body"),
        sa.Column(
            "begun_at", sa.DateTime(timezone=True), nullable=False, comment="When it first came"
        ),
        sa.Column(
            "held_until",
            sa.DateTime(timezone=True),
            comment="Until then nobody else takes it up; none once it was answered",
        ),
        sa.Column(
            "nobody_s",
            sa.ARRAY(sa.Integer()),
            comment="Lines refused as about nobody who takes part",
        ),
        schema="gateway",
        comment="Requests with an Idempotency-Key, kept for a day",
    )
    op.create_index("request_by_begun_at", "request", ["begun_at"], schema="gateway")
    for digest in ("key", "body"):
        op.execute(f"ALTER TABLE gateway.request ALTER COLUMN {digest} SET STATISTICS 0")
    op.create_table(
        "published",
        sa.Column("provider_id", sa.Text(), primary_key=True),
        sa.Column("event_id", sa.Uuid(), primary_key=True),
        sa.Column("revision", sa.Integer(), primary_key=True),
        sa.Column(
            "partition", sa.Integer(), nullable=False, comment="Of its in-tray, where it came last"
        ),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="There"),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        schema="gateway",
        comment="Where events stand that came over HTTP, while their in-trays hold them",
    )
    op.create_index("published_by_published_at", "published", ["published_at"], schema="gateway")
    op.create_index(
        "published_by_place",
        "published",
        ["provider_id", "partition", "position"],
        schema="gateway",
    )
    for table, updated in (
        ("request", "held_until, nobody_s"),
        ("published", "partition, position, published_at"),
    ):
        op.execute(
            f"GRANT SELECT, INSERT, UPDATE ({updated}), DELETE ON gateway.{table} TO {_ROLE}"
        )
