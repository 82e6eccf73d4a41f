"""A database as its owner sees it, and as the login of the bus's programs does."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from tests.plugins.database_server import application_url


@pytest.fixture
def application(database_url: str) -> Iterator[Engine]:
    """Connect to the test's own database by a login that has the application's role alone."""
    engine = create_engine(application_url(database_url), hide_parameters=True)
    try:
        yield engine
    finally:
        engine.dispose()
