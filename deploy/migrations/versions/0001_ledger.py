"""All tables."""

from alembic import op
from sqlalchemy import text

from consent_ledger.tables import consent, delivery, log, metadata, register
from consent_ledger.tables.append_only import APPLICATION_ROLE

revision = "0001"
down_revision = None


def upgrade() -> None:
    connection = op.get_bind()
    log.install(connection)
    metadata.create_all(connection)
    connection.execute(
        text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ledger TO {APPLICATION_ROLE}")
    )
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA ledger TO {APPLICATION_ROLE}"))
    for table in ("entry", "checkpoint"):
        connection.execute(text(f"REVOKE UPDATE, DELETE ON ledger.{table} FROM {APPLICATION_ROLE}"))
