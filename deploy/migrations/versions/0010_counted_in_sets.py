"""People are registered in sets: a count goes up by all of a set who share the value, at once.

It still goes down by one: people are erased one after another.
"""

from typing import Final

from alembic import op

revision = "0010"
down_revision = "0009"

_DOWN_BY_ONE: Final = "a count goes down by one"


def upgrade() -> None:
    """Let counts go up by more than one."""
    op.execute("DROP TRIGGER refused_update ON ledger.counted_value")
    op.execute(
        "CREATE TRIGGER refused_update BEFORE UPDATE ON ledger.counted_value FOR EACH ROW"
        " WHEN (NEW.people - OLD.people < -1)"
        f" EXECUTE FUNCTION ledger.refuse('{_DOWN_BY_ONE}')"
    )
