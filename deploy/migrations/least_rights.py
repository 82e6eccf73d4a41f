"""What a login of the bus's programs may not be: looked at on each connection."""

from typing import Final

import psycopg

from schemas.errors import BusError

_ROLES: Final = """
    SELECT rolname, rolname = session_user, rolsuper, rolcreaterole, rolbypassrls, rolreplication,
        rolname IN ('pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files',
            'pg_execute_server_program'),
        EXISTS (
            SELECT FROM pg_shdepend
            WHERE refclassid = 'pg_authid'::regclass AND refobjid = pg_roles.oid AND deptype = 'o'
                AND (dbid = here.oid OR classid = 'pg_database'::regclass AND objid = here.oid)
        )
    FROM pg_roles, pg_database here
    WHERE here.datname = current_database() AND pg_has_role(session_user, pg_roles.oid, 'MEMBER')
    ORDER BY rolname <> session_user, rolname
"""
"""The login itself and each role that it can become, with what would be too much."""
_TOO_MUCH: Final = (
    "is a superuser",
    "may make roles (CREATEROLE)",
    "passes by row security (BYPASSRLS)",
    "may copy the whole server (REPLICATION)",
    "reaches past the rights on tables, or the server's files",
    "owns the database, or something in it",
)


class RightsError(BusError):
    """A login that may do more than the bus's programs need: no right would bind them."""

    def __init__(self, login: str, surplus: str) -> None:
        super().__init__(
            f"The database's login {login} may do too much: {surplus}.",
            "Name in NWD_DATABASE_URL a login that is a member of nwd_app, and owns nothing: as an"
            " administrator, CREATE ROLE nwd LOGIN PASSWORD '...' IN ROLE nwd_app. The login that"
            " owns the tables goes in NWD_DATABASE_OWNER_URL, for `nwd init` alone.",
        )


def demand_least_rights(connection: psycopg.Connection) -> None:
    """Raise RightsError where the login is, or can become, a superuser or an owner, or the like."""
    for role, is_login, *found in connection.execute(_ROLES):
        for surplus, is_so in zip(_TOO_MUCH, found, strict=True):
            if is_so:
                who = "it" if is_login else f"it can become {role}, which"
                raise RightsError(connection.info.user, f"{who} {surplus}")
