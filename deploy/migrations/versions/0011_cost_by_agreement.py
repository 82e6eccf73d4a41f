"""What the enforcement of an entry cost, by agreement: so that it can be told by recipient."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add it; of what was enforced before it is known where the entry names an agreement."""
    op.add_column(
        "enforcement",
        sa.Column(
            "by_agreement",
            JSONB(),
            nullable=True,
            comment="Of these, by agreement: records written and retracted",
        ),
        schema="ledger",
    )
    op.execute(
        "UPDATE ledger.enforcement AS e SET by_agreement = coalesce((SELECT jsonb_build_object("
        "c.agreement_id, jsonb_build_array(e.records, e.tombstones)) FROM ledger.change AS c"
        " WHERE c.seq = e.seq AND c.agreement_id IS NOT NULL), '{}')"
    )
    op.alter_column("enforcement", "by_agreement", nullable=False, schema="ledger")
