"""A database as its owner sees it, and as the login of the bus's programs does."""

import secrets
from collections.abc import Iterator

import pytest
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy import Engine, create_engine, make_url

from deploy.migrations.database import APPLICATION_ROLE
from tests.plugins.database_server import connect


@pytest.fixture
def application(database_server: str, database_url: str) -> Iterator[Engine]:
    """Connect to the test's own database by a login that has the application's role alone."""
    name, password = f"test_{secrets.token_hex(4)}", secrets.token_hex(16)
    with connect(database_server) as server:
        server.execute(
            SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE {}").format(
                Identifier(name), Literal(password), Identifier(APPLICATION_ROLE)
            )
        )
    url = make_url(database_url).difference_update_query(["passfile"])
    engine = create_engine(url.set(username=name, password=password), hide_parameters=True)
    try:
        yield engine
    finally:
        engine.dispose()
        with connect(database_server) as server:
            server.execute(SQL("DROP ROLE {}").format(Identifier(name)))
