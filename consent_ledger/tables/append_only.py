"""What keeps rows from being changed: triggers against everybody, grants for the application.

Both stop accidents and the application. The owner of the tables can take them off again; that
is what the tree and a checkpoint kept elsewhere are for.
"""

from typing import Final

from sqlalchemy import Table

APPLICATION_ROLE: Final = "nwd_app"
"""The role, without login, that the bus's programs act in; migrations act as the owner."""

CREATE_APPLICATION_ROLE: Final = f"""
DO $$ BEGIN
    -- asked first, because who may not create roles is refused even where the role exists
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APPLICATION_ROLE}') THEN
        CREATE ROLE {APPLICATION_ROLE} NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL; -- roles belong to the whole server: a migration of another database was first
END $$
"""

CREATE_REFUSAL: Final = """
CREATE OR REPLACE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$
"""


def append_only(table: Table) -> tuple[str, ...]:
    """Statements that refuse UPDATE, DELETE and TRUNCATE on the table, whoever tries.

    They need CREATE_REFUSAL first, and may be run again.
    """
    refuse = "EXECUTE FUNCTION ledger.refuse_change()"
    row, whole = "BEFORE UPDATE OR DELETE", "BEFORE TRUNCATE"  # row triggers miss a TRUNCATE
    return (
        f"CREATE OR REPLACE TRIGGER refuse_change {row} ON {table} FOR EACH ROW {refuse}",
        f"CREATE OR REPLACE TRIGGER refuse_truncate {whole} ON {table} FOR EACH STATEMENT {refuse}",
    )
