"""Connections to PostgreSQL, in the application's role."""

from typing import Any, Final

from psycopg.errors import IdleInTransactionSessionTimeout
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import OperationalError

from deploy import migrations
from schemas.errors import DatabaseAwayError

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


def application_engine(url: str) -> Engine:
    """Return an engine whose connections may do what the bus's programs do, and no more."""
    engine = create_engine(
        url,
        hide_parameters=True,  # SQLAlchemy would print them in errors
        pool_pre_ping=True,
        connect_args=PATIENCE
        | {
            "options": f"-c role={APPLICATION_ROLE}"
            f" -c idle_in_transaction_session_timeout={HOLD_SECONDS}s"
        },
    )
    event.listen(engine, "handle_error", _held_too_long)
    return engine


def let_it_be_long(connection: Connection) -> None:
    """Let the present transaction stay open and idle: it reads trays, and frees no lock early."""
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def _held_too_long(context: ExceptionContext) -> OperationalError | None:
    """Report a lost connection as one; psycopg files this under internal errors."""
    error = context.original_exception
    if isinstance(error, IdleInTransactionSessionTimeout):
        return OperationalError(context.statement, None, error, hide_parameters=True)
    return None


def migrate(owner_url: str) -> None:
    """Bring the tables to their newest version, as their owner. Raises DatabaseAwayError."""
    try:
        migrations.upgrade(owner_url)
    except OperationalError as error:
        raise away(owner_url, error) from None


def away(url: str, error: OperationalError) -> DatabaseAwayError:
    """Return the error for a person: where, without the password, and what PostgreSQL says."""
    return DatabaseAwayError(error.orig, make_url(url).render_as_string(hide_password=True))
