"""A bus of the test's own: the real filter and ledger on a real PostgreSQL, a log in memory."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from tests.bus import Bus


@pytest.fixture
def bus(database_url: str) -> Iterator[Bus]:
    """Give a bus of the test's own."""
    engine = create_engine(database_url, hide_parameters=True)
    try:
        yield Bus(engine)
    finally:
        engine.dispose()
