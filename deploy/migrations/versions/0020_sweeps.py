"""What is more than fits into one turn of a shard is swept: how far it has come is kept."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0020"
down_revision = "0019"

_ROLE: Final = "nwd_app"
_TIME: Final = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sweep",
        sa.Column("sweep_id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column(
            "shard_id", sa.SmallInteger(), sa.ForeignKey("ledger.shard.shard_id"), nullable=False
        ),
        sa.Column("since", _TIME, nullable=False),
        sa.Column(
            "until",
            _TIME,
            nullable=False,
            comment="What was decided for a moment from the one to the other is looked at again",
        ),
        sa.Column(
            "seqs",
            ARRAY(sa.BigInteger()),
            nullable=False,
            comment="Ledger entries that are enforced when it has come to its end",
        ),
        sa.Column(
            "participant_id", sa.Text(), comment="Whose events it is about; null: everybody's"
        ),
        sa.Column(
            "agreement_ids",
            ARRAY(sa.Text()),
            comment="Of one person: null is all. Else: have changed",
        ),
        sa.Column("service_ids", ARRAY(sa.Text()), comment="Have changed"),
        sa.Column("is_release", sa.Boolean(), nullable=False, comment="Of what waits for a batch"),
        sa.Column(
            "after_participant", sa.Text(), nullable=False, server_default="", comment="Up to whom"
        ),
        sa.Column(
            "after_event", sa.Uuid(), comment="And up to which of the events, where not to all"
        ),
        sa.Column(
            "cost",
            JSONB(),
            nullable=False,
            server_default="{}",
            comment="By agreement: records written and retracted so far",
        ),
        schema="ledger",
        comment="Events to be decided about again in portions, and how far that has come",
    )
    op.execute(
        "GRANT SELECT, INSERT, UPDATE (after_participant, after_event, cost), DELETE"
        f" ON ledger.sweep TO {_ROLE}"
    )
