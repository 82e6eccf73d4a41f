"""The snapshots of sources that are uploaded whole."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Sequence
from sqlalchemy.schema import CreateSchema, CreateSequence

from deploy.migrations.grants import grant_all

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the schema snapshots."""
    op.execute(CreateSchema("snapshots"))
    op.execute(CreateSequence(Sequence("import_number", schema="snapshots")))
    op.create_table(
        "accepted_upload",
        sa.Column("import_number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column(
            "collection", sa.Text(), nullable=False, comment="what an upload replaces: 2025-26"
        ),
        sa.Column(
            "prepared_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="by the upload itself",
        ),
        sa.Column(
            "accepted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("import_number"),
        schema="snapshots",
        comment="Uploads that were published to the end",
    )
    op.create_index(
        "accepted_upload_latest",
        "accepted_upload",
        ["provider_id", "collection", "import_number"],
        unique=False,
        schema="snapshots",
    )
    op.create_table(
        "item",
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            nullable=False,
            comment="keyed digest of the event's content",
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column(
            "collection", sa.Text(), nullable=False, comment="the last of those that held it"
        ),
        sa.Column(
            "import_number", sa.BigInteger(), nullable=False, comment="the last import that saw it"
        ),
        sa.PrimaryKeyConstraint("provider_id", "event_id"),
        schema="snapshots",
        comment="Each event ever published from an upload, as it was last",
    )
    op.create_index(
        "item_by_import", "item", ["provider_id", "import_number"], unique=False, schema="snapshots"
    )
    op.create_table(
        "unfinished",
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("imports", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("provider_id"),
        schema="snapshots",
        comment="Imports since the last accepted one that began to publish and did not end",
    )
    grant_all("snapshots")
