import pytest
from sqlalchemy import Connection, text

from deploy import database
from deploy.database import application_engine

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
