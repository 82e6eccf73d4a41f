"""People with two numbers are looked for among those who are new or told more of.

Each telling has a place, and the search remembers how far it has come. Two numbers that look like
one person's and are not are remembered under both.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_ROLE: Final = "nwd_app"
_PARTICIPANT: Final = "ledger.participant.participant_id"
_RIGHTS: Final = {
    "ledger.duplicate_search": "SELECT, UPDATE (upto)",
    "ledger.two_people": "SELECT, INSERT, DELETE, UPDATE (seq)",
}
_REFUSED_UPDATES: Final = {
    "duplicate_search": ("NEW.upto < OLD.upto", "the search goes forwards"),
    "two_people": ("NEW.seq <= OLD.seq", "only a later entry says it again"),
}
_OF_TWO: Final = """
    CREATE FUNCTION ledger.refuse_of_two_active() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT EXISTS (SELECT FROM ledger.participant
                WHERE participant_id IN (OLD.participant_id, OLD.other_id)
                AND state <> 'active') THEN
            RAISE EXCEPTION 'ledger.two_people: DELETE is refused, but of somebody erased'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN OLD;
    END $$
"""


def upgrade() -> None:
    """Give each telling a number, those of before in any order, and make both tables."""
    op.add_column(
        "kept_identity",
        sa.Column(
            "number",
            sa.BigInteger(),
            sa.Identity(always=True),
            nullable=False,
            comment="In commit order",
        ),
        schema="ledger",
    )
    op.create_index(
        "kept_identity_by_number", "kept_identity", ["number"], unique=True, schema="ledger"
    )
    _searches()
    _pairs()
    for table, rights in _RIGHTS.items():
        op.execute(f"GRANT {rights} ON {table} TO {_ROLE}")
    for table, (condition, reason) in _REFUSED_UPDATES.items():
        op.execute(
            f"CREATE TRIGGER refused_update BEFORE UPDATE ON ledger.{table} FOR EACH ROW"
            f" WHEN ({condition}) EXECUTE FUNCTION ledger.refuse('{reason}')"
        )
    op.execute(_OF_TWO)
    op.execute(
        "CREATE TRIGGER erased_delete BEFORE DELETE ON ledger.two_people FOR EACH ROW"
        " EXECUTE FUNCTION ledger.refuse_of_two_active()"
    )


def _searches() -> None:
    op.create_table(
        "duplicate_search",
        sa.Column("is_the_row", sa.Boolean(), primary_key=True, server_default=sa.true()),
        sa.Column(
            "upto",
            sa.BigInteger(),
            nullable=False,
            server_default="0",
            comment="The last telling compared",
        ),
        sa.CheckConstraint("is_the_row", name="duplicate_search_is_one_row"),
        schema="ledger",
        comment="Up to where people with two numbers were looked for",
    )
    op.execute("INSERT INTO ledger.duplicate_search DEFAULT VALUES")


def _pairs() -> None:
    number = sa.ForeignKey(_PARTICIPANT)
    op.create_table(
        "two_people",
        sa.Column("participant_id", sa.Text(), number, primary_key=True),
        sa.Column("other_id", sa.Text(), sa.ForeignKey(_PARTICIPANT), primary_key=True),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="Ledger entry that said so last"),
        sa.CheckConstraint("participant_id < other_id", name="two_people_in_order"),
        schema="ledger",
        comment="Numbers that look like one person's, and are two people's",
    )
    op.create_index("two_people_by_other", "two_people", ["other_id"], schema="ledger")
