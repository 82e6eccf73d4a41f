"""Keys say under which journal key they are sealed, and a dead letter has a key of its own."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ROLE: Final = "nwd_app"
_UNNAMED: Final = r"'\x0000000000000000'::bytea"
_EPOCH_OF: Final = "substring(sealed_key FROM 1 FOR 8)"
_NOT_SAMPLED: Final = {
    "ledger.key_epoch": ("epoch",),
    "ledger.participant": ("ledger_id", "salt", "sealed_key", "key_epoch"),
    "ledger.dead_letter_key": ("sealed_key", "key_epoch"),
    "ledger.match_key": ("digest",),
    "ledger.provider_reference": ("digest",),
    "ledger.erased_reference": ("digest",),
    "ledger.erasure_certificate": ("owed_for",),
    "ledger.journal": ("digest", "sealed"),
    "ledger.disclosure": ("digest",),
    "ledger.disclosure_batch": ("hashes",),
    "ledger.entry": ("leaf", "hashes"),
    "ledger.head": ("state",),
    "snapshots.item": ("digest",),
}
"""Columns of keys, ciphertext and digests: ANALYZE would keep samples of what was deleted since."""


def upgrade() -> None:
    """Put the unnamed epoch before each key that is there, and refer to it."""
    op.create_table(
        "key_epoch",
        sa.Column(
            "epoch",
            sa.LargeBinary(),
            primary_key=True,
            comment="Names a journal key: a token of it",
        ),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        schema="ledger",
        comment="Journal keys that keys are sealed under: two while one is rotated",
    )
    op.execute(f"GRANT SELECT, INSERT, DELETE ON ledger.key_epoch TO {_ROLE}")
    op.execute(
        f"INSERT INTO ledger.key_epoch SELECT {_UNNAMED}, now()"  # noqa: S608 - constants of this file
        " WHERE EXISTS (SELECT FROM ledger.participant WHERE sealed_key IS NOT NULL)"
    )
    op.execute(
        f"UPDATE ledger.participant SET sealed_key = {_UNNAMED} || sealed_key"  # noqa: S608 - as above
    )
    op.add_column("participant", _key_epoch(), schema="ledger")
    op.create_table(
        "dead_letter_key",
        sa.Column(
            "origin",
            sa.Text(),
            primary_key=True,
            comment="Topic, partition and offset of an in-tray",
        ),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        _key_epoch(),
        sa.Column(
            "sealed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
        schema="ledger",
        comment="Keys of dead letters, sealed: without its key a letter is noise",
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ledger.dead_letter_key TO {_ROLE}")
    for table, columns in _NOT_SAMPLED.items():
        for column in columns:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STATISTICS 0")


def _key_epoch() -> sa.Column[bytes]:
    """Return the column that says under which journal key the row's key is."""
    return sa.Column(
        "key_epoch",
        sa.LargeBinary(),
        sa.Computed(_EPOCH_OF, persisted=True),
        sa.ForeignKey("ledger.key_epoch.epoch"),
    )
