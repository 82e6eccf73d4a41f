"""The PostgreSQL that the tests run on: `--database=embedded|container|URL`."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from testcontainers.community.postgres import PostgresContainer

from deploy.migrations.migrate import migrate
from deploy.one_machine.embedded.postgres import EmbeddedPostgres, installed_version
from tests.plugins.container_engine import require_engine
from tests.plugins.server_folder import outside_of_homes, server_folder

DESCRIPTION = pytest.StashKey[str]()
IMAGE = "postgres:18"
_LOGIN, _PASSWORD = "test_nwd", "of-a-test"
_MAKE_LOGIN: Final = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {1}) THEN
        CREATE ROLE {0} LOGIN IN ROLE nwd_app;
    END IF;
    ALTER ROLE {0} PASSWORD {2};
EXCEPTION WHEN duplicate_object OR unique_violation OR SQLSTATE 'XX000' THEN
    NULL; -- another process of the tests was first
END $$
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption(
        "--database",
        default="embedded",
        metavar="embedded|container|URL",
        help="the PostgreSQL to test on: started here (the default), in a container, or a given one"
        " whose user may create databases and roles",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Find out what is asked for; what cannot be had ends the run."""
    places = ExitStack()
    places.enter_context(outside_of_homes())
    config.add_cleanup(places.close)
    choice = config.getoption("--database")
    if choice == "embedded":
        config.stash[DESCRIPTION] = f"embedded PostgreSQL {installed_version()}"
    elif choice == "container":
        require_engine("--database")
        config.stash[DESCRIPTION] = f"PostgreSQL in a container of {IMAGE}"
    else:
        config.stash[DESCRIPTION] = _describe(choice)


def pytest_report_header(config: pytest.Config) -> str:
    """Say which PostgreSQL it is."""
    return f"database: {config.stash[DESCRIPTION]}"


@pytest.fixture(scope="session")
def database_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the SQLAlchemy URL of a server that all tests share; started when first asked for."""
    choice: str = request.config.getoption("--database")
    if choice == "embedded":
        with server_folder("postgres") as folder, EmbeddedPostgres(folder) as postgres:
            yield postgres.superuser_url
    elif choice == "container":
        with PostgresContainer(IMAGE, driver="psycopg") as container:
            yield container.get_connection_url()
    else:
        yield _with_driver(choice).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template_database(database_server: str) -> Iterator[str]:
    """Give the name of a database in which the migrations have run: the model of all others.

    The migrations must close their connections: a database in use cannot be copied.
    """
    with fresh_database(database_server, template="template1") as url:
        migrate(url)
        yield str(make_url(url).database)


@pytest.fixture
def database_url(database_server: str, template_database: str) -> Iterator[str]:
    """Give the SQLAlchemy URL of a database of the test's own, dropped when the test ends."""
    with fresh_database(database_server, template=template_database) as url:
        yield url


@contextmanager
def fresh_database(server: str, *, template: str) -> Iterator[str]:
    """Give the SQLAlchemy URL of a copy of a template, dropped when the block ends."""
    name = f"test_{secrets.token_hex(6)}"
    with connect(server) as connection:
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
        )
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with connect(server) as connection:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def application_url(url: str) -> str:
    """Return the SQLAlchemy URL of a database as the login of the bus's programs has it.

    `url` is the superuser's, of a database with tables. The login is of the server: made once.
    """
    with connect(url) as connection:
        connection.execute(
            SQL(_MAKE_LOGIN).format(Identifier(_LOGIN), Literal(_LOGIN), Literal(_PASSWORD))
        )
    plain = make_url(url).difference_update_query(["passfile"])
    return plain.set(username=_LOGIN, password=_PASSWORD).render_as_string(hide_password=False)


def connect(url: str) -> psycopg.Connection:
    """Connect to a server, each statement in a transaction of its own."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True, connect_timeout=5)


def _with_driver(url: str) -> URL:
    return make_url(url).set(drivername="postgresql+psycopg")


def _describe(url: str) -> str:
    try:
        with connect(url) as connection:
            version = connection.info.parameter_status("server_version")
    except (ArgumentError, psycopg.Error) as error:
        raise pytest.UsageError(
            f"--database was given, but no PostgreSQL answers there: {error}"
        ) from error
    return f"PostgreSQL {version} at {make_url(url).render_as_string(hide_password=True)}"
