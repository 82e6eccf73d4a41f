"""Two numbers of one person: which is shown as which, and what was said of both at once."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Let a number be merged into another one, and a record be told from its old name."""
    op.add_column(
        "participant",
        sa.Column(
            "merged_into",
            sa.Text(),
            sa.ForeignKey("ledger.participant.participant_id"),
            nullable=True,
            comment="The number under which trays show the events of this one; none: its own",
        ),
        schema="ledger",
    )
    op.add_column(
        "participant",
        sa.Column(
            "named_seq",
            sa.BigInteger(),
            nullable=True,
            comment="Ledger entry that merged or unmerged it last",
        ),
        schema="ledger",
    )
    op.create_index(
        "participant_by_merged_into",
        "participant",
        ["merged_into"],
        unique=False,
        schema="ledger",
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.add_column(
        "disclosure",
        sa.Column(
            "shown_as",
            sa.Text(),
            nullable=True,
            comment="The number in the key, where it is not the participant's",
        ),
        schema="ledger",
    )
    op.create_index(
        "disclosure_by_shown_as",
        "disclosure",
        ["shown_as"],
        unique=False,
        schema="ledger",
        postgresql_where=sa.text("shown_as IS NOT NULL"),
    )
    op.add_column(
        "change",
        sa.Column(
            "with_seq",
            sa.BigInteger(),
            nullable=True,
            comment="The entry of whose change this one is a part",
        ),
        schema="ledger",
    )
    op.create_index(
        "change_by_with_seq",
        "change",
        ["with_seq"],
        unique=False,
        schema="ledger",
        postgresql_where=sa.text("with_seq IS NOT NULL"),
    )
