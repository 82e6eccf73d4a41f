"""Trays over HTTP: how far each was read, and whom to tell that there is something new."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_ROLE: Final = "nwd_app"


def upgrade() -> None:
    """Make the tables of both."""
    _inbox()
    _webhooks()


def _inbox() -> None:
    op.execute("CREATE SCHEMA inbox")
    op.execute(f"GRANT USAGE ON SCHEMA inbox TO {_ROLE}")
    op.create_table(
        "read_so_far",
        sa.Column("agreement_id", sa.Text(), primary_key=True),
        sa.Column("organisation", sa.Text(), nullable=False, comment="whose key it was"),
        sa.Column(
            "topic_id",
            sa.Text(),
            nullable=False,
            comment="another one: the topic was made again",
        ),
        sa.Column(
            "positions",
            sa.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="by partition, the next offset",
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        schema="inbox",
        comment="the cursor that a tray's reader came with last: all before it was read",
    )
    op.execute(
        "GRANT SELECT, INSERT, UPDATE (organisation, topic_id, positions, seen_at)"
        f" ON inbox.read_so_far TO {_ROLE}"
    )


def _webhooks() -> None:
    op.execute("CREATE SCHEMA webhooks")
    op.execute(f"GRANT USAGE ON SCHEMA webhooks TO {_ROLE}")
    op.create_table(
        "endpoint",
        sa.Column("endpoint_id", sa.Text(), primary_key=True),
        sa.Column("agreement_id", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False, comment="who reads the tray"),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("key_number", sa.Integer(), nullable=False, comment="of the key that signs"),
        sa.Column(
            "old_key_number",
            sa.Integer(),
            comment="of one that signs too, while they are changed over",
        ),
        sa.Column(
            "told_to", sa.Text(), nullable=False, comment="cursor: what is before it was told"
        ),
        sa.Column("message_id", sa.Text(), comment="of the message that has not been taken yet"),
        sa.Column("pending_since", sa.DateTime(timezone=True), comment="since when it has not"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True)),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        schema="webhooks",
        comment="where a recipient is told that its tray has something new",
    )
    op.create_table(
        "delivery",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("endpoint_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), comment="of the answer, where there was one"),
        sa.Column(
            "problem", sa.Text(), nullable=False, comment="empty where the message was taken"
        ),
        schema="webhooks",
        comment="each call of an endpoint, for thirty days",
    )
    op.create_index(
        "delivery_of_endpoint", "delivery", ["endpoint_id", "number"], schema="webhooks"
    )
    op.execute(
        "GRANT SELECT, INSERT, UPDATE (key_number, old_key_number, told_to, message_id,"
        " pending_since, attempts, next_try_at, ended_at)"
        f" ON webhooks.endpoint TO {_ROLE}"
    )
    op.execute(f"GRANT SELECT, INSERT, DELETE ON webhooks.delivery TO {_ROLE}")
