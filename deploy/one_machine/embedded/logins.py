"""The logins of an embedded PostgreSQL: what an administrator makes by hand on an installed one."""

from pathlib import Path
from typing import Final, LiteralString

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from deploy.migrations.database import APPLICATION_ROLE
from deploy.one_machine.embedded.passwords import password_of

SUPERUSER: Final = "postgres"
OWNER: Final = "nwd_owner"
"""Owns the database and its tables: migrations run as it. No superuser."""
APPLICATION: Final = "nwd"
"""The login of the bus's programs. It has the rights of the application's role, and no other."""
LOGINS: Final = (SUPERUSER, OWNER, APPLICATION)
DATABASE: Final = "postgres"

_SCHEMAS: Final = ("ledger", "passport", "analytics", "snapshots")
_HAND_OVER: Final = """
DO $$ DECLARE thing oid; BEGIN
    FOR thing IN SELECT oid FROM pg_class
        WHERE relkind IN ('r', 'S') AND relnamespace = ANY ({schemas}::regnamespace[])
        -- a column's own sequence goes with its table
        AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype IN ('a', 'i')
            AND classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass)
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO {name}', thing::regclass);
    END LOOP;
    FOR thing IN SELECT oid FROM pg_proc WHERE pronamespace = ANY ({schemas}::regnamespace[])
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO {name}', thing::regprocedure);
    END LOOP;
END $$
"""


def make_logins(connection: psycopg.Connection, passwords: Path) -> None:
    """Make the logins and the role, with the passwords of the file; all in one transaction.

    `connection` is a superuser's, to the bus's database. What is there already stays, with the
    password of the file: also the tables of an earlier version, which the owner then owns.
    """
    with connection.transaction():
        for login in LOGINS:
            _make(connection, login, "LOGIN")
            word = password_of(passwords, login).encode()
            verifier = connection.pgconn.encrypt_password(word, login.encode(), b"scram-sha-256")
            connection.execute(
                SQL("ALTER ROLE {} PASSWORD {}").format(
                    Identifier(login), Literal(verifier.decode())
                )
            )
        _make(connection, APPLICATION_ROLE, "NOLOGIN")
        database, owner = Identifier(DATABASE), Identifier(OWNER)
        role, application = Identifier(APPLICATION_ROLE), Identifier(APPLICATION)
        connection.execute(SQL("GRANT {} TO {}").format(role, application))
        connection.execute(SQL("ALTER DATABASE {} OWNER TO {}").format(database, owner))
        connection.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, role))
        _hand_over(connection)


def _make(connection: psycopg.Connection, role: str, kind: LiteralString) -> None:
    known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
    if not known.rowcount:
        connection.execute(SQL("CREATE ROLE {} {}").format(Identifier(role), SQL(kind)))


def _hand_over(connection: psycopg.Connection) -> None:
    """Let the owner own what an earlier version's superuser does."""
    found = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname = ANY (%s)", [list(_SCHEMAS)]
    )
    schemas = [name for (name,) in found]
    for schema in schemas:
        connection.execute(
            SQL("ALTER SCHEMA {} OWNER TO {}").format(Identifier(schema), Identifier(OWNER))
        )
    connection.execute(
        SQL(_HAND_OVER).format(schemas=Literal([*schemas, "public"]), name=Identifier(OWNER))
    )
