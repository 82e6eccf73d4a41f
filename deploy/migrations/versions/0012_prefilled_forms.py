"""Forms that are offered filled: what was offered, by digest, and how answers came about.

Whoever is looked up for a form sees it in their copy.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

_ROLE: Final = "nwd_app"
_ANSWERS: Final = "'possible-match', 'by-number', 'number-told', 'known', 'prefilled'"


def upgrade() -> None:
    """Make both tables, and let a look-up be one for a form."""
    op.execute("CREATE SCHEMA prefill")
    op.execute(f"GRANT USAGE ON SCHEMA prefill TO {_ROLE}")
    op.create_table(
        "offer",
        sa.Column(
            "offer_id", sa.Text(), primary_key=True, comment="Random: what an answer refers to"
        ),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "digests",
            postgresql.JSONB(),
            nullable=False,
            comment="By question, keyed, of what was offered",
        ),
        schema="prefill",
        comment="forms that were offered filled and have not come back",
    )
    op.create_index("offer_by_moment", "offer", ["made_at"], schema="prefill")
    op.create_table(
        "entry_count",
        sa.Column("month", sa.Date(), primary_key=True, comment="Its first day"),
        sa.Column("organisation", sa.Text(), primary_key=True),
        sa.Column("form", sa.Text(), primary_key=True),
        sa.Column("question", sa.Text(), primary_key=True),
        sa.Column(
            "reused", sa.BigInteger(), nullable=False, comment="Offered, and came back equal"
        ),
        sa.Column(
            "changed", sa.BigInteger(), nullable=False, comment="Offered, and came back otherwise"
        ),
        sa.Column(
            "asked", sa.BigInteger(), nullable=False, comment="Not offered: the person was asked"
        ),
        schema="prefill",
        comment="answers by question: what was typed although it was known, and what was not",
    )
    op.execute("ALTER TABLE prefill.offer ALTER COLUMN digests SET STATISTICS 0")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON prefill.offer TO {_ROLE}")
    op.execute(
        f"GRANT SELECT, INSERT, UPDATE (reused, changed, asked) ON prefill.entry_count TO {_ROLE}"
    )
    op.drop_constraint("answer_known", "look_up", schema="ledger")
    op.create_check_constraint(
        "answer_known", "look_up", f"answer IN ({_ANSWERS})", schema="ledger"
    )
