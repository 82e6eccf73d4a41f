"""People are known again by digests, and compared in memory.

What providers tell of somebody is kept sealed under the person's key. How many people share a value
is counted by digests that stand beside no person.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ROLE: Final = "nwd_app"
_RIGHTS: Final = {
    "ledger.kept_identity": "SELECT, INSERT, DELETE",
    "ledger.counted_value": "SELECT, INSERT, DELETE, UPDATE (people)",
}
_BYTES: Final = (
    ("kept_identity", "digest"),
    ("kept_identity", "sealed"),
    ("counted_value", "digest"),
)
_BY_ONE: Final = "a count goes up or down by one"


def upgrade() -> None:
    """Make both tables: rows of a person go with them, and a count when nobody is left."""
    op.create_table(
        "kept_identity",
        sa.Column(
            "participant_id",
            sa.Text(),
            sa.ForeignKey("ledger.participant.participant_id"),
            primary_key=True,
        ),
        sa.Column(
            "digest",
            sa.LargeBinary(),
            primary_key=True,
            comment="HMAC: the same telling is kept once",
        ),
        sa.Column(
            "sealed", sa.LargeBinary(), nullable=False, comment="Under the participant's key"
        ),
        schema="ledger",
        comment="What providers told of somebody, by which they are known again",
    )
    op.create_table(
        "counted_value",
        sa.Column(
            "digest",
            sa.LargeBinary(),
            primary_key=True,
            comment="HMAC of a value; of nobody by name",
        ),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("people > 0", name="somebody_has_it"),
        schema="ledger",
        comment="How many people share a value: what many share says little of who somebody is",
    )
    for table, column in _BYTES:
        op.execute(f"ALTER TABLE ledger.{table} ALTER COLUMN {column} SET STATISTICS 0")
    for table, rights in _RIGHTS.items():
        op.execute(f"GRANT {rights} ON {table} TO {_ROLE}")
    _trigger("erased_delete", "kept_identity", "DELETE", "refuse_of_active('participant_id')")
    _trigger(
        "refused_update",
        "counted_value",
        "UPDATE",
        f"refuse('{_BY_ONE}')",
        "abs(NEW.people - OLD.people) <> 1",
    )
    _trigger("refused_delete", "counted_value", "DELETE", f"refuse('{_BY_ONE}')", "OLD.people > 1")
    op.drop_constraint("answer_known", "look_up", schema="ledger")
    op.create_check_constraint(
        "answer_known",
        "look_up",
        "answer IN ('possible-match', 'by-number', 'number-told', 'known')",
        schema="ledger",
    )


def _trigger(name: str, table: str, what: str, call: str, condition: str = "true") -> None:
    """Make a trigger that is asked before each row is changed."""
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {what} ON ledger.{table} FOR EACH ROW WHEN ({condition})"
        f" EXECUTE FUNCTION ledger.{call}"
    )
