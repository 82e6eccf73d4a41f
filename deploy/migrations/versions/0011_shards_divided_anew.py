"""The partitions can be divided anew: a shard is retired then, and changes no more.

Its row stays, which says how far its partitions had come, and what it carried out.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_ROLE: Final = "nwd_app"
_FORWARDS: Final = "a shard goes forwards"


def upgrade() -> None:
    """Add whether a shard is retired; none of those that there are is."""
    op.add_column(
        "shard",
        sa.Column(
            "is_retired",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="Whether the partitions were divided anew: others write them since",
        ),
        schema="ledger",
    )
    op.execute(f"GRANT UPDATE (is_retired) ON ledger.shard TO {_ROLE}")
    op.execute("DROP TRIGGER refused_update ON ledger.shard")
    op.execute(
        "CREATE TRIGGER refused_update BEFORE UPDATE ON ledger.shard FOR EACH ROW"
        " WHEN (OLD.is_retired OR NEW.epoch < OLD.epoch OR NEW.next_seq < OLD.next_seq)"
        f" EXECUTE FUNCTION ledger.refuse('{_FORWARDS}')"
    )
