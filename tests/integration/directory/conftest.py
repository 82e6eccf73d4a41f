"""An empty directory on a real PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    """Connect to a database of the test's own."""
    engine = create_engine(database_url, hide_parameters=True)
    with engine.connect() as connection:
        yield connection
    engine.dispose()
