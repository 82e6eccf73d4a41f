"""Seals the passport: one row an event in place of a row a value in clear.

Both read models are dropped with their statistics, and made anew by their readers, which begin at
the start of their trays.
"""

from typing import Any, Final

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ROLE: Final = "nwd_app"
_TEXT: Final = sa.Text()
_CIPHERTEXTS: Final = (("passport.event", "sealed"), ("ledger.journal", "sealed"))


def upgrade() -> None:
    """Make the tables of the passport and of the analytics anew, and sample no ciphertext."""
    for schema in ("passport", "analytics"):
        op.drop_table("fact", schema=schema)
        op.execute(sa.delete(sa.table("position", schema=schema)))
    _table(
        "analytics.fact",
        "one row an event of the hub's statistics tray",
        _key("participant", "the tray's own pseudonym"),
        _key("event_key", "the tray's own id of the event"),
        _col("event", _TEXT, "referral, enrolment or outcome"),
        _col("stage", _TEXT),
        _col("service_id", _TEXT, "the service, <provider>.<service>"),
        _maybe("programme", _TEXT, "of the closed list, like every code here"),
        _maybe("borough", _TEXT),
        _maybe("birth_band", sa.SmallInteger(), "the first year of the five-year band"),
        _col("on_day", sa.Date(), "when it happened"),
        _maybe("started_on", sa.Date(), "of an enrolment"),
        _maybe("outcome_category", _TEXT, "EMP, EDU, VOL, QUAL, INT, GWK and so on"),
        _maybe("outcome_code", _TEXT),
        _maybe("effective_on", sa.Date(), "the first day of an outcome"),
        _maybe("hours_per_week", sa.Double()),
    )
    _table(
        "passport.event",
        "all that the passport's agreement opens of an event",
        _key("participant_id"),
        _key("event_id"),
        _col("sealed", sa.LargeBinary(), "Under the participant's key"),
    )
    for table, column in _CIPHERTEXTS:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")


def _table(name: str, comment: str, *columns: sa.Column[Any]) -> None:
    """Make a table, which the application may read and write."""
    schema, _, table = name.partition(".")
    op.create_table(table, *columns, schema=schema, comment=comment)
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {_ROLE}")


def _col(
    name: str, kind: sa.types.TypeEngine[Any], comment: str | None = None, **options: Any
) -> sa.Column[Any]:
    return sa.Column(name, kind, comment=comment, **({"nullable": False} | options))


def _key(name: str, comment: str | None = None) -> sa.Column[Any]:
    return _col(name, _TEXT, comment, primary_key=True)


def _maybe(name: str, kind: sa.types.TypeEngine[Any], comment: str | None = None) -> sa.Column[Any]:
    return _col(name, kind, comment, nullable=True)
