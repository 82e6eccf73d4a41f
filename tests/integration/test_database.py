import secrets
import time
from collections.abc import Iterator

import pytest
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError

from deploy.migrations import database
from deploy.migrations.database import (
    APPLICATION_ROLE,
    RoleError,
    SessionError,
    application_engine,
    demand_sessions,
)
from deploy.migrations.least_rights import RightsError
from deploy.migrations.migrate import migrate
from tests.plugins.database_server import application_url, connect, fresh_database
from tests.support.transaction_pooler import transaction_pooler

LOCK = text("SELECT pg_advisory_xact_lock(1)")


def test_a_program_that_is_frozen_loses_what_it_has_locked(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody's changes wait for the ledger's head: nobody may hold it and do nothing."""
    monkeypatch.setattr(database, "HOLD_SECONDS", 1)
    engine = application_engine(application_url(database_url))
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
    engine = application_engine(application_url(database_url))
    with engine.connect() as frozen:
        frozen.execute(text("SET LOCAL idle_in_transaction_session_timeout = 50"))
        time.sleep(0.3)
        with pytest.raises(OperationalError, match="idle-in-transaction timeout"):
            frozen.execute(text("SELECT 1"))

    with engine.begin() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()


def test_every_connection_acts_in_the_role_of_the_application(database_url: str) -> None:
    """Whatever else the login may do."""
    engine = application_engine(application_url(database_url))
    with engine.connect() as one, engine.connect() as other:
        found = [connection.scalar(text("SELECT current_user")) for connection in (one, other)]
        demand_sessions(engine)
    engine.dispose()

    assert found == [APPLICATION_ROLE, APPLICATION_ROLE]


def test_a_pooler_of_transactions_is_refused_in_words(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A notice that wakes the filter would arrive at somebody else; which pooling works is said."""
    monkeypatch.setattr(database, "HEARD_SECONDS", 1.0)
    plain = make_url(application_url(database_url)).set(drivername="postgresql")
    with transaction_pooler(plain.render_as_string(hide_password=False)) as port:
        engine = application_engine(f"postgresql+psycopg://pooled@127.0.0.1:{port}/postgres")
        try:
            with pytest.raises(SessionError, match="did not arrive") as refused:
                demand_sessions(engine)
        finally:
            engine.dispose()

    assert "pool_mode = session" in str(refused.value)


def test_a_connection_that_forgets_its_role_is_refused(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a pooler resets each connection after each transaction."""
    monkeypatch.setattr(
        database, "_TAKE_ROLE", f"{database._TAKE_ROLE}, set_config('role', 'none', false)"
    )
    engine = application_engine(application_url(database_url))

    with pytest.raises(SessionError, match="did not stay nwd_app"):
        engine.connect()
    engine.dispose()


def test_a_login_that_is_no_member_is_told_what_it_lacks(
    database_url: str, database_server: str
) -> None:
    """Not that PostgreSQL did not answer."""
    with connect(database_server) as server:
        server.execute("CREATE ROLE stranger LOGIN PASSWORD 'of a test'")
    url = make_url(database_url).difference_update_query(["passfile"])
    engine = application_engine(
        url.set(username="stranger", password="of a test").render_as_string(hide_password=False)  # noqa: S106 - made here
    )
    try:
        with pytest.raises(RoleError, match="permission denied") as refused:
            engine.connect()
    finally:
        engine.dispose()
        with connect(database_server) as server:
            server.execute("DROP ROLE stranger")

    assert "GRANT nwd_app" in str(refused.value)


@pytest.fixture
def login(database_server: str, database_url: str) -> Iterator[tuple[str, str]]:
    """Give a login of a test's own in the role of the application, and its URL."""
    name, word = f"test_{secrets.token_hex(4)}", secrets.token_hex(16)
    url = make_url(database_url).difference_update_query(["passfile"])
    with connect(database_server) as server:
        server.execute(
            SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE nwd_app").format(
                Identifier(name), Literal(word)
            )
        )
    yield name, url.set(username=name, password=word).render_as_string(hide_password=False)
    with connect(database_url) as here:
        here.execute(SQL("DROP OWNED BY {}").format(Identifier(name)))
    with connect(database_server) as server:
        server.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(f"{name}_owner")))
        server.execute(SQL("DROP ROLE {}").format(Identifier(name)))


TOO_MUCH = {
    "ALTER ROLE {} SUPERUSER": "it is a superuser",
    "ALTER ROLE {} CREATEROLE": "it may make roles",
    "ALTER ROLE {} BYPASSRLS": "it passes by row security",
    "ALTER ROLE {} REPLICATION": "it may copy the whole server",
    "GRANT pg_write_all_data TO {}": "it can become pg_write_all_data, which reaches past",
    "GRANT pg_execute_server_program TO {}": "it can become pg_execute_server_program, which",
    "CREATE TABLE ledger.its_own (); ALTER TABLE ledger.its_own OWNER TO {0}": "it owns",
    "CREATE ROLE {1} SUPERUSER; GRANT {1} TO {0}": "which is a superuser",
    "CREATE ROLE {1} NOINHERIT; ALTER TABLE ledger.entry OWNER TO {1};"
    " GRANT {1} TO {0}": "which owns the database, or something in it",
    "CREATE ROLE {1} CREATEROLE; GRANT {1} TO {0} WITH ADMIN OPTION": "which may make",
}


@pytest.mark.parametrize("statement", TOO_MUCH)
def test_a_login_that_may_do_too_much_is_refused_in_words(
    database_url: str, login: tuple[str, str], statement: str
) -> None:
    """Or that can become one that does: SET ROLE would gain it everything, whatever is granted."""
    name, url = login
    with connect(database_url) as here:
        here.execute(SQL(statement).format(Identifier(name), Identifier(f"{name}_owner")))
    engine = application_engine(url)

    try:
        with pytest.raises(RightsError) as refused:
            engine.connect()
    finally:
        engine.dispose()
        with connect(database_url) as here:
            here.execute("ALTER TABLE ledger.entry OWNER TO CURRENT_USER")

    assert f"The database's login {name} may do too much: it" in str(refused.value)
    assert TOO_MUCH[statement] in str(refused.value)
    assert "CREATE ROLE nwd LOGIN" in str(refused.value)


def test_the_login_that_migrates_may_do_more_and_programs_refuse_it(database_url: str) -> None:
    """An URL that has both would be the superuser's for every program."""
    migrate(database_url)
    engine = application_engine(database_url)
    try:
        with pytest.raises(RightsError, match="NWD_DATABASE_OWNER_URL"):
            demand_sessions(engine)
    finally:
        engine.dispose()


def test_a_login_that_cannot_migrate_is_told_which_one_can(
    database_server: str, template_database: str
) -> None:
    """Where the owner's URL was left out, or is not the owner's."""
    assert template_database
    with (
        fresh_database(database_server, template="template1") as url,
        pytest.raises(RoleError, match="permission denied") as refused,
    ):
        migrate(application_url(url))

    assert "NWD_DATABASE_OWNER_URL" in str(refused.value)
