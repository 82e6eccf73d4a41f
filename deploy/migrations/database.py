"""Connections to PostgreSQL, in the application's role."""

from typing import Any, Final

import psycopg
from psycopg.errors import IdleInTransactionSessionTimeout
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import OperationalError

from consent_ledger.ledger.notifications import is_heard
from deploy.migrations.least_rights import demand_least_rights
from schemas.errors import BusError, CollisionError, DatabaseAwayError, DatabaseUrlError
from schemas.log_of_values import keep_values_out_of_log

APPLICATION_ROLE: Final = "nwd_app"
"""The role, without login, that the bus's programs act in; migrations make it, as the owner."""

PATIENCE: Final[dict[str, Any]] = {
    "connect_timeout": 10,  # s; a server that is frozen takes a connection and never answers
    # a machine that is gone sends nothing: noticed within a minute, not after two hours
    "keepalives_idle": 30,  # s
    "keepalives_interval": 10,  # s
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,  # ms
}
"""How long a connection waits for a server that does not respond, by libpq's own names."""

HOLD_SECONDS: Final = 30
"""How long a frozen program may hold its locks: all other changes may wait for them."""

HEARD_SECONDS: Final = 5.0
"""How long a notice may take from one connection to another."""

_TAKE_ROLE: Final = """
    SELECT set_config('role', %s, false),
        set_config('idle_in_transaction_session_timeout', %s, false)
"""


class SessionError(BusError):
    """A connection that does not stay as the bus has set it, or in which no notice arrives."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            problem,
            "The bus needs sessions of its own. Name PostgreSQL itself in NWD_DATABASE_URL, or a"
            " pooler that pools sessions (PgBouncer: pool_mode = session): one that pools"
            " transactions or statements does not do.",
        )


class RoleError(BusError):
    """A login that may not act in the application's role, or may not migrate as the owner."""


def application_engine(url: str) -> Engine:
    """Return an engine whose connections may do what the bus's programs do, and no more."""
    keep_values_out_of_log("sqlalchemy")  # at DEBUG it writes each row
    engine = create_engine(
        url,
        hide_parameters=True,  # SQLAlchemy would print them in errors
        pool_pre_ping=True,
        connect_args=PATIENCE,
    )
    event.listen(engine, "connect", _take_role)
    event.listen(engine, "handle_error", _held_too_long)
    return engine


def demand_sessions(engine: Engine) -> None:
    """Raise SessionError where a notice of one connection does not arrive at another.

    A pooler of transactions gives it to whoever has the server's connection at that moment.
    """
    if not is_heard(engine, HEARD_SECONDS):
        raise SessionError("A notice of PostgreSQL did not arrive.")


def let_it_be_long(connection: Connection) -> None:
    """Let the present transaction stay open and idle: it reads trays, and frees no lock early."""
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def _take_role(connection: object, _record: object) -> None:
    """Act in the application's role, with the limit on locks, and see that it stays so.

    Raises RoleError, SessionError, RightsError.
    """
    if not isinstance(connection, psycopg.Connection):
        raise DatabaseUrlError
    connection.autocommit = True
    try:
        connection.execute(_TAKE_ROLE, [APPLICATION_ROLE, f"{HOLD_SECONDS}s"])
        row = connection.execute("SELECT current_user").fetchone()  # a transaction of its own
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue) as error:
        raise RoleError(
            f"The database's login cannot be {APPLICATION_ROLE}: {error.diag.message_primary}.",
            f"`nwd init` makes the role; as an administrator, GRANT {APPLICATION_ROLE} to the login"
            " that NWD_DATABASE_URL names.",
        ) from None
    if row != (APPLICATION_ROLE,):
        raise SessionError(f"A connection to PostgreSQL did not stay {APPLICATION_ROLE}.")
    demand_least_rights(connection)
    connection.autocommit = False


def _held_too_long(context: ExceptionContext) -> OperationalError | None:
    """Report a lost connection as one; psycopg files this under internal errors."""
    error = context.original_exception
    if isinstance(error, IdleInTransactionSessionTimeout):
        return OperationalError(context.statement, None, error, hide_parameters=True)
    return None


def away(url: str, error: OperationalError) -> DatabaseAwayError | CollisionError:
    """Return the error for a person: where, without the password, and what PostgreSQL says."""
    if isinstance(error.orig, psycopg.errors.DeadlockDetected):
        return CollisionError()
    return DatabaseAwayError(error.orig, make_url(url).render_as_string(hide_password=True))
