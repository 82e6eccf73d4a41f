from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from sqlalchemy import create_engine

from tests.histories.drawing import Call
from tests.integration.read_paths.crowd_in_sql import PASSPORT, Crowd
from tests.integration.read_paths.crowd_stories import stories
from tests.integration.read_paths.read_paths_in_sql import READ_PATHS_IN_SQL
from tests.support.bus import Bus


@pytest.fixture
def bus(database_url: str) -> Iterator[Bus]:
    """Give a bus of the test's own, with a passport that holds everything."""
    engine = create_engine(database_url, hide_parameters=True)
    try:
        yield Bus(engine, agreements=[PASSPORT])
    finally:
        engine.dispose()


def test_every_read_path_in_sql_shows_what_is_decided_and_nothing_else(bus: Bus) -> None:
    """At rest after each change of agreements, permissions, services, people, events and time.

    All examples share one bus, each with people and agreements of its own.
    """

    @settings(max_examples=30)
    @given(stories())
    def holds(story: list[list[Call]]) -> None:
        crowd = Crowd(bus)
        try:
            for steps in story:
                crowd.let(steps)
                for name, path in READ_PATHS_IN_SQL.items():
                    with bus.engine.connect() as connection:
                        shown, decided = path(crowd, connection)
                    assert (name, shown) == (name, decided)
        finally:
            crowd.leave()

    holds()
    bus.assert_holds()
