"""A bus of the test's own: the real filter and ledger on a real PostgreSQL, a log in memory."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from tests.support.bus import Bus
from tests.support.ground import Ground
from tests.support.store_grounds import memory_ground, postgres_ground


@pytest.fixture
def bus(database_url: str) -> Iterator[Bus]:
    """Give a bus of the test's own, which has carried out its first terms."""
    engine = create_engine(database_url, hide_parameters=True)
    try:
        made = Bus(engine)
        made.turn()
        yield made
    finally:
        engine.dispose()


@pytest.fixture(params=["memory", "postgres"])
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    """Give the surroundings of one kind of database."""
    if request.param == "memory":
        with memory_ground() as made:
            yield made
    else:
        with postgres_ground(request.getfixturevalue("database_url")) as made:
            yield made
