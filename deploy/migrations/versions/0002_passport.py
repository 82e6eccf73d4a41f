"""The job passport's facts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateSchema

from deploy.migrations.grants import grant_all

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the schema passport."""
    op.execute(CreateSchema("passport"))
    op.create_table(
        "fact",
        sa.Column("participant_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False, comment="schemas.categories.Category"),
        sa.Column("field", sa.Text(), nullable=False, comment="the field of that category's block"),
        sa.Column(
            "value",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="dates and times as ISO 8601",
        ),
        sa.Column("event", sa.Text(), nullable=False, comment="referral, enrolment or outcome"),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Text(), nullable=False),
        sa.Column(
            "occurred_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when it was observed",
        ),
        sa.PrimaryKeyConstraint("participant_id", "event_id", "category", "field"),
        schema="passport",
        comment="every value of every event that the passport's agreement opens",
    )
    op.create_table(
        "position",
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("partition", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "topic_id", sa.Text(), nullable=False, comment="another one: the topic was made again"
        ),
        sa.Column(
            "next_offset", sa.BigInteger(), nullable=False, comment="the next offset to read"
        ),
        sa.Column(
            "caught_up_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the last moment at which next_offset was known to be the end, or at which reading began with nothing: deletions older than that have been seen",
        ),
        sa.PrimaryKeyConstraint("topic", "partition"),
        schema="passport",
    )
    grant_all("passport")
