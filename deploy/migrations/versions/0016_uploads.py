"""Tables that are handed in over HTTP, sealed until they are imported, and their mappings."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_ROLE: Final = "nwd_app"


def upgrade() -> None:
    """Make both tables."""
    op.execute("CREATE SCHEMA uploads")
    op.execute(f"GRANT USAGE ON SCHEMA uploads TO {_ROLE}")
    op.create_table(
        "upload",
        sa.Column("upload_id", sa.Text(), primary_key=True, comment="Half of its token"),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "sealed",
            sa.LargeBinary(),
            comment="Under a key that the token alone has; null: awaited",
        ),
        schema="uploads",
        comment="files that are to be imported within a day",
    )
    op.create_index("upload_by_moment", "upload", ["made_at"], schema="uploads")
    op.create_table(
        "mapping",
        sa.Column("provider_id", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("text", sa.Text(), nullable=False, comment="As YAML"),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        schema="uploads",
        comment="where the columns of an organisation's tables go; a version never changes",
    )
    op.execute("ALTER TABLE uploads.upload ALTER COLUMN sealed SET STATISTICS 0")
    op.execute(f"GRANT SELECT, INSERT, UPDATE (sealed), DELETE ON uploads.upload TO {_ROLE}")
    op.execute(f"GRANT SELECT, INSERT ON uploads.mapping TO {_ROLE}")
