import time

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from deploy.migrations import database
from deploy.migrations.database import application_engine

LOCK = text("SELECT pg_advisory_xact_lock(1)")


def test_a_program_that_is_frozen_loses_what_it_has_locked(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody's changes wait for the ledger's head: nobody may hold it and do nothing."""
    monkeypatch.setattr(database, "HOLD_SECONDS", 1)
    engine = application_engine(database_url)
    frozen = Connection(engine)
    frozen.execute(LOCK)
    try:
        with engine.begin() as connection:
            connection.execute(LOCK)  # waits for it, for ever if it were not let go

            assert connection.scalar(text("SELECT 1")) == 1
    finally:
        frozen.invalidate()
        frozen.close()
        engine.dispose()


def test_who_was_frozen_meets_a_connection_that_is_gone_and_the_next_one_works(
    database_url: str,
) -> None:
    """As with a PostgreSQL that was away: a sentence for it is known everywhere."""
    engine = application_engine(database_url)
    with engine.connect() as frozen:
        frozen.execute(text("SET LOCAL idle_in_transaction_session_timeout = 50"))
        time.sleep(0.3)
        with pytest.raises(OperationalError, match="idle-in-transaction timeout"):
            frozen.execute(text("SELECT 1"))

    with engine.begin() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
