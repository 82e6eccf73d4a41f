"""NOTIFY as a doorbell: who waits for a change hears of it at once, and looks again."""

from secrets import token_hex
from selectors import EVENT_READ, DefaultSelector
from typing import Final, Self

from psycopg import Connection as PsycopgConnection
from psycopg import sql
from sqlalchemy import Engine, func, select

from schemas.errors import DatabaseUrlError

LEDGER_CHANNEL: Final = "nwd_ledger"
"""The channel that wakes an idle filter. Its payload is empty."""
ENFORCED_CHANNEL: Final = "nwd_enforced"
"""The channel that announces that changes were enforced. Its payload is empty."""


def is_heard(engine: Engine, timeout_seconds: float) -> bool:
    """Return whether a notice of one connection arrives at another that listens, in this time."""
    channel = f"nwd_check_{token_hex(6)}"
    with Listener(engine, channel) as bell:
        with engine.begin() as connection:
            connection.execute(select(func.pg_notify(channel, "")))
        return bell.wait(timeout_seconds)


class Listener:
    """Listens on a channel over its own connection; DatabaseUrlError if it is not psycopg's."""

    def __init__(self, engine: Engine, channel: str) -> None:
        self._pooled = engine.raw_connection()
        driver = self._pooled.driver_connection
        if not isinstance(driver, PsycopgConnection):
            raise DatabaseUrlError
        self._connection: PsycopgConnection[tuple[object, ...]] = driver
        self._connection.rollback()
        self._connection.autocommit = True
        self._connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        self._readable = DefaultSelector()
        self._readable.register(self._connection, EVENT_READ)

    def fileno(self) -> int:
        """Return what becomes readable when the bell rings: for whoever waits for more than it."""
        return self._connection.fileno()

    def wait(self, timeout_seconds: float) -> bool:
        """Wait for the bell, at most so long; return whether it rang since the last call."""
        self._readable.select(timeout_seconds)  # psycopg's own timeout takes four times the CPU
        rung = list(self._connection.notifies(timeout=0, stop_after=1))
        return bool(rung)

    def close(self) -> None:
        """Hang up. The connection is not given back: it would go on listening for its next user."""
        self._readable.close()
        self._pooled.invalidate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
