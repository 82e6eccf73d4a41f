"""The hub's analytics."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSchema

from deploy.migrations.grants import grant_all

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the schema analytics."""
    op.execute(CreateSchema("analytics"))
    op.create_table(
        "fact",
        sa.Column("participant", sa.Text(), nullable=False, comment="the tray's own pseudonym"),
        sa.Column("event_key", sa.Text(), nullable=False, comment="the tray's own id of the event"),
        sa.Column("event", sa.Text(), nullable=False, comment="referral, enrolment or outcome"),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False, comment="who published it"),
        sa.Column(
            "service_id", sa.Text(), nullable=False, comment="the service, <provider>.<service>"
        ),
        sa.Column("programme", sa.Text(), nullable=True),
        sa.Column("borough", sa.Text(), nullable=True),
        sa.Column(
            "birth_band",
            sa.SmallInteger(),
            nullable=True,
            comment="the first year of the five-year band",
        ),
        sa.Column("on_day", sa.Date(), nullable=False, comment="when it happened"),
        sa.Column("started_on", sa.Date(), nullable=True, comment="of an enrolment"),
        sa.Column(
            "outcome_category",
            sa.Text(),
            nullable=True,
            comment="EMP, EDU, VOL, QUAL, INT, GWK and so on",
        ),
        sa.Column("outcome_code", sa.Text(), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True, comment="the first day of an outcome"),
        sa.Column("sustained_weeks", sa.Integer(), nullable=True),
        sa.Column("hours_per_week", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("participant", "event_key"),
        schema="analytics",
        comment="one row an event of the hub's statistics tray",
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
        schema="analytics",
    )
    grant_all("analytics")
