"""The rights of the application's role on a schema that a migration has made."""

from alembic import op

from consent_ledger.tables.append_only import APPLICATION_ROLE


def grant_all(schema: str) -> None:
    """Let the application read and write every table and sequence of the schema as it is now."""
    for what in (
        f"USAGE ON SCHEMA {schema}",
        f"SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema}",
        f"USAGE ON ALL SEQUENCES IN SCHEMA {schema}",
    ):
        op.execute(f"GRANT {what} TO {APPLICATION_ROLE}")
