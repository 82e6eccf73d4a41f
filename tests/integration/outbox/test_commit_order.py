"""An outbox in PostgreSQL and in MariaDB: commit order is not the order of numbers."""

import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise

import pytest
from sqlalchemy import Connection, NullPool, create_engine, make_url, text

from producers.examples import EXAMPLES
from producers.json_lines import line_of
from producers.outbox.outbox import Outbox, OutboxError, open_outbox
from producers.outbox.relay import Relay, RelayTurn
from tests.integration.outbox.databases import (
    TABLE,
    mariadb_crm,
    mariadb_server,
    postgresql_crm,
)
from tests.support.kept_events import KeptEvents

SESSIONS, ROWS = 20, 15
PASSWORD = "of-a-test"  # noqa: S105 - of the test itself
GRANT = "GRANT SELECT, UPDATE (published_at, refused) ON {table} TO {login}"


@pytest.fixture(scope="module")
def mariadb() -> Iterator[str]:
    """Give the URL of a MariaDB of this module's own."""
    with mariadb_server() as url:
        yield url


@pytest.fixture(
    params=[
        "postgresql",
        pytest.param(
            "mariadb",
            marks=pytest.mark.needs(
                "mariadbd", install="apt-get install mariadb-server (and /usr/sbin in PATH)"
            ),
        ),
    ]
)
def crm(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the URL of a provider's own database, with an outbox in a schema of its own."""
    if request.param == "mariadb":
        with mariadb_crm(request.getfixturevalue("mariadb")) as url:
            yield url
    else:
        with postgresql_crm(request.getfixturevalue("database_server")) as url:
            yield url


@pytest.fixture
def trays() -> KeptEvents:
    """Give what stands for Kafka."""
    return KeptEvents()


@pytest.fixture
def outbox(crm: str) -> Iterator[Outbox]:
    """Give the outbox as the relay opens it."""
    with open_outbox(crm, "Desk.outbox") as opened:
        yield opened


@contextmanager
def session(crm: str) -> Iterator[Connection]:
    """Give a session of the provider's system, in which transactions are committed by hand."""
    with create_engine(crm, poolclass=NullPool).connect() as connection:
        yield connection


def quoted(within: Connection) -> str:
    """Return the outbox's name as its database takes it."""
    quote = within.dialect.identifier_preparer.quote
    return ".".join(map(quote, TABLE))


def write(within: Connection, revision: int) -> None:
    """Insert a row about one person."""
    fields = json.loads(line_of(EXAMPLES["referral"])) | {"revision": revision}
    within.execute(
        text(
            f"INSERT INTO {quoted(within)} (aggregatetype, aggregateid, type, payload)"  # noqa: S608 - it is quoted
            " VALUES ('borough-d', :person, 'referral', :payload)"
        ),
        {"person": fields["participant_id"], "payload": json.dumps(fields)},
    )


def test_a_lower_number_that_commits_last_is_neither_lost_nor_overtaken(
    crm: str, outbox: Outbox, trays: KeptEvents
) -> None:
    """The relay looks between the two commits, and whoever comes later does not hold them up."""
    work = Relay(outbox, trays, lambda _: True)
    with session(crm) as first, session(crm) as second, session(crm) as third:
        write(first, 1)
        write(second, 2)
        second.commit()
        assert work.turn() == RelayTurn(0, 0)
        write(third, 3)
        assert work.turn() == RelayTurn(0, 0)
        first.commit()

        assert work.turn() == RelayTurn(2, 0)
        third.commit()
        assert work.turn() == RelayTurn(1, 0)

    assert [event.revision for event in trays.events] == [1, 2, 3]


def test_a_transaction_that_is_rolled_back_is_waited_for_and_forgotten(
    crm: str, outbox: Outbox, trays: KeptEvents
) -> None:
    """Its number is a gap, which nobody waits for."""
    work = Relay(outbox, trays, lambda _: True)
    with session(crm) as first, session(crm) as second:
        write(first, 1)
        write(second, 2)
        second.commit()
        assert work.turn() == RelayTurn(0, 0)
        first.rollback()

        assert work.turn() == RelayTurn(1, 0)


def test_a_transaction_that_writes_other_tables_holds_nobody_up(
    crm: str, outbox: Outbox, trays: KeptEvents
) -> None:
    """However long it is open."""
    with session(crm) as other, session(crm) as own:
        other.execute(text("INSERT INTO report VALUES ('a line')"))
        write(own, 1)
        own.commit()

        assert Relay(outbox, trays, lambda _: True).turn() == RelayTurn(1, 0)


def test_a_second_relay_of_one_table_is_refused_until_the_first_is_gone(crm: str) -> None:
    """Of two, each would publish every row."""
    with open_outbox(crm, "Desk.outbox") as first:
        first.take()
        with open_outbox(crm, "Desk.outbox") as second, pytest.raises(OutboxError, match="Another"):
            second.take()
    with open_outbox(crm, "Desk.outbox") as second:
        second.take()


def test_the_relay_s_login_needs_two_rights_and_no_more(crm: str, trays: KeptEvents) -> None:
    """It reads the table and marks its rows, as the SQL of the table says."""
    with session(crm) as own, ExitStack() as stack:
        login = new_login(own, stack)
        own.execute(text(GRANT.format(table=quoted(own), login=login)))
        write(own, 1)
        own.commit()
        plain = make_url(crm).difference_update_query(["passfile"])
        url = plain.set(username=login, password=PASSWORD).render_as_string(hide_password=False)
        with open_outbox(url, "Desk.outbox") as outbox:
            outbox.take()
            assert Relay(outbox, trays, lambda _: True).turn() == RelayTurn(1, 0)


def new_login(own: Connection, stack: ExitStack) -> str:
    """Make a login that may do nothing, which goes with the stack, and return its name."""
    name = "nwd_relay" if own.dialect.name == "mariadb" else str(make_url(own.engine.url).database)
    if own.dialect.name == "mariadb":
        own.execute(text(f"CREATE USER {name} IDENTIFIED BY '{PASSWORD}'"))
        gone = f"DROP USER {name}"
    else:
        own.execute(text(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}'"))
        own.execute(text(f'GRANT USAGE ON SCHEMA "Desk" TO {name}'))
        gone = f"DROP OWNED BY {name}; DROP ROLE {name}"

    def drop() -> None:
        own.rollback()
        own.execute(text(gone))
        own.commit()

    own.commit()
    stack.callback(drop)
    return name


def test_rows_of_many_sessions_at_once_come_each_once_and_in_order(
    crm: str, outbox: Outbox, trays: KeptEvents
) -> None:
    """While the relay looks: nothing is lost, and what one session wrote comes as it wrote it."""
    work = Relay(outbox, trays, lambda _: True)

    def write_all(number: int) -> None:
        with session(crm) as own:
            for row in range(ROWS):
                write(own, number * ROWS + row + 1)
                if row % 2:
                    own.commit()
            own.commit()

    writers = [threading.Thread(target=write_all, args=[number]) for number in range(SESSIONS)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        work.turn()
    work.turn()

    found = [event.revision for event in trays.events]
    assert sorted(found) == [*range(1, SESSIONS * ROWS + 1)]
    for number in range(SESSIONS):
        own = [one for one in found if (one - 1) // ROWS == number]
        assert all(earlier < later for earlier, later in pairwise(own))
