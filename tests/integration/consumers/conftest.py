"""Tables of the recipients, in a database of the test's own."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.schema import CreateSchema

from consumers.analytics import tables as analytics
from consumers.passport import tables as passport


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Give a database that has the tables of the passport and of the analytics."""
    made = create_engine(database_url, hide_parameters=True)
    with made.begin() as connection:
        for metadata in (passport.metadata, analytics.metadata):
            assert metadata.schema
            connection.execute(CreateSchema(metadata.schema, if_not_exists=True))
            metadata.create_all(connection)
    yield made
    made.dispose()
