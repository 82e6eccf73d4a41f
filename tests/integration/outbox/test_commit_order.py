import json
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import make_url

from producers.examples import EXAMPLES
from producers.json_lines import line_of
from producers.outbox.outbox import Outbox, OutboxError, open_outbox, table_sql
from producers.outbox.relay import Relay, RelayTurn
from tests.plugins.database_server import connect, fresh_database
from tests.support.kept_events import KeptEvents

Session = psycopg.Connection


@pytest.fixture
def crm(database_server: str) -> Iterator[str]:
    """Give the URL of a provider's own database, with an outbox in a schema of its own."""
    with fresh_database(database_server, template="template1") as url:
        with connect(url) as connection:
            connection.execute('CREATE SCHEMA "Desk"')
            connection.execute('SET search_path TO "Desk"')
            connection.execute(table_sql("postgresql").encode())
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
def session(crm: str) -> Iterator[Session]:
    """Give a session of the provider's system, in which transactions are committed by hand."""
    plain = make_url(crm).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        yield connection


def write(within: Session, revision: int) -> None:
    """Insert a row about one person."""
    fields = json.loads(line_of(EXAMPLES["referral"])) | {"revision": revision}
    within.execute(
        'INSERT INTO "Desk".outbox (aggregatetype, aggregateid, type, payload)'
        " VALUES ('borough-d', %s, 'referral', %s)",
        [fields["participant_id"], json.dumps(fields)],
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
        other.execute("CREATE TABLE report (line text)")
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
    role = make_url(crm).database
    with connect(crm) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'of-a-test'".encode())
        connection.execute(f'GRANT USAGE ON SCHEMA "Desk" TO {role}'.encode())
        grant = f'GRANT SELECT, UPDATE (published_at, refused) ON "Desk".outbox TO {role}'
        connection.execute(grant.encode())
    try:
        with session(crm) as own:
            write(own, 1)
        plain = make_url(crm).difference_update_query(["passfile"])
        url = plain.set(username=role, password="of-a-test")  # noqa: S106 - of the test itself
        with open_outbox(url.render_as_string(hide_password=False), "Desk.outbox") as outbox:
            outbox.take()
            assert Relay(outbox, trays, lambda _: True).turn() == RelayTurn(1, 0)
    finally:
        with connect(crm) as connection:
            connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}".encode())
