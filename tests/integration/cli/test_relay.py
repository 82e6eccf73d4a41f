"""The relay as a provider runs it: beside its own database, with its own user at Kafka."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url

from consumers.tray_reader import read_tray
from deploy.cli.referral_warnings import UNSEEN
from schemas.codec import to_event
from schemas.events import Event
from schemas.identifiers import PassportNumber, ProviderId
from schemas.trays import in_tray
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, wait_until
from tests.plugins.database_server import connect, fresh_database
from tests.support.kafka_settings import as_environment

KILLS = 4
FOLLOWING = "Following the outbox. Ctrl-C ends it.\n"


@pytest.fixture
def crm(database_server: str, bus: Bus) -> Iterator[str]:
    """Give the URL of a provider's own database, with the table that `nwd` prints."""
    with fresh_database(database_server, template="template1") as url:
        with connect(url) as connection:
            connection.execute(bus.done("relay", "--print-table", "postgresql").stdout.encode())
        yield url


@contextmanager
def session(crm: str) -> Iterator[psycopg.Connection]:
    """Give a session of the provider's system."""
    plain = make_url(crm).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        yield connection


def provider_of(bus: Bus, folder: Path) -> Bus:
    """Return what a borough's machine has: its user at Kafka, and nothing of the hub."""
    kafka = as_environment(bus.kafka_of("borough-d"), manages_access=False)
    own = {"NWD_HOME": str(folder), "NWD_KAFKA_MANAGE_ACCESS": "false"}
    return replace(bus, settings=kafka | own)


def write(within: psycopg.Connection, bus: Bus, number: PassportNumber) -> str:
    """Insert a row about somebody, and return its id."""
    payload = json.loads(bus.line("referral", number))
    row_id = str(uuid4())
    within.execute(
        "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload)"
        " VALUES (%s, 'referral', %s, 'referral', %s)",
        [row_id, number, json.dumps(payload)],
    )
    return row_id


def published(bus: Bus, number: PassportNumber) -> list[Event]:
    """Return what is in the borough's in-tray about somebody."""
    tray = in_tray(ProviderId(bus.name("borough-d")))
    events = [to_event(one.value) for one in read_tray(bus.kafka, tray) if one.value]
    return [event for event in events if event.participant_id == number]


def test_a_row_reaches_the_filter_by_the_provider_s_own_user(
    running: Bus, crm: str, tmp_path: Path
) -> None:
    """And a row about another provider's tray is set aside, with the reason in the table alone."""
    number = running.participant()
    provider = provider_of(running, tmp_path)
    with session(crm) as own:
        row_id = write(own, running, number)
        own.execute(
            "INSERT INTO outbox (aggregatetype, aggregateid, type, payload)"
            " VALUES ('outcome', %s, 'outcome', %s)",
            [number, running.line("outcome", number, provider_id=running.name("college-c"))],
        )
    late = provider.nwd("relay", "--database", crm, "--check", "--older-than", "0")

    done = provider.done("relay", "--database", crm, "--once")
    again = provider.json("relay", "--database", crm, "--once")
    checked = provider.json("relay", "--database", crm, "--check", "--older-than", "0")

    assert late.exit_code == 3
    assert late.stdout.startswith("2 rows waiting, the oldest for ")
    assert done.stdout == "1 row published, 1 refused, 0 waiting\n"
    assert number not in done.stderr
    assert UNSEEN in done.stderr  # from there nobody sees whether a service has room
    assert again == {"published": 0, "refused": 0, "waiting": 0, "service_warnings": []}
    assert (checked["rows"], checked["refused"], checked["is_late"]) == (0, 1, False)
    with session(crm) as own:
        marks = own.execute("SELECT published_at IS NULL, refused FROM outbox ORDER BY seq")
        assert marks.fetchall() == [
            (False, None),
            (True, "provider_id: there is no in-tray of this provider to write"),
        ]
    assert [event.event_id for event in published(running, number)] == [row_id]
    running.wait_for_events(number, 1)


def test_a_relay_that_is_killed_again_and_again_loses_nothing_and_repeats_nothing(
    running: Bus, crm: str, tmp_path: Path
) -> None:
    """While the provider's system writes: every committed row counts once, in its order."""
    number = running.participant()
    provider = provider_of(running, tmp_path)
    committed: list[str] = []
    has_to_end = threading.Event()

    def work() -> None:
        with session(crm) as own:
            while not has_to_end.is_set():
                ids = [write(own, running, number) for _ in range(random.randint(1, 3))]  # noqa: S311 - no secret
                if random.random() < 0.1:  # noqa: S311 - no secret
                    own.rollback()
                else:
                    own.commit()
                    committed.extend(ids)
                time.sleep(0.03)

    writer = threading.Thread(target=work)
    writer.start()
    try:
        for _ in range(KILLS):
            with provider.process("relay", "--database", crm, "--every", "0.05") as relay:
                assert relay.stderr
                assert relay.stderr.readline() == FOLLOWING
                time.sleep(random.uniform(0.05, 0.6))  # noqa: S311 - no secret
                relay.kill()
    finally:
        has_to_end.set()
        writer.join()
    provider.done("relay", "--database", crm, "--once")

    found = [event.event_id for event in published(running, number)]
    assert list(dict.fromkeys(found)) == committed
    running.wait_for_events(number, len(committed))
    assert running.json("participant", "show", number)["events"] == len(committed)


def test_a_relay_ends_when_it_is_asked_to(bus: Bus, crm: str, tmp_path: Path) -> None:
    """By SIGTERM, with what it has in hand marked."""
    number = bus.participant()
    with session(crm) as own:
        write(own, bus, number)
    provider = provider_of(bus, tmp_path)
    with provider.process("relay", "--database", crm, "--every", "0.05") as relay:
        wait_until(lambda: len(published(bus, number)) == 1, "the event")
        relay.terminate()
        _, said = relay.communicate(timeout=WAIT_SECONDS)

    assert relay.returncode == 0
    assert said == f"{FOLLOWING}{UNSEEN}\nEnded the relay.\n"


def test_a_relay_needs_an_address_and_a_table(bus: Bus, tmp_path: Path) -> None:
    """It says what is missing, and repeats no password."""
    missing = bus.nwd("relay")
    empty = bus.nwd("relay", "--database", f"sqlite:///{tmp_path / 'crm.db'}", "--once")
    wrong = bus.nwd("relay", "--database", "postgresql+psycopg://me:secret@127.0.0.1:1/crm")

    assert (missing.exit_code, empty.exit_code, wrong.exit_code) == (2, 1, 1)
    assert "NWD_OUTBOX_DATABASE_URL" in missing.stderr
    assert "--print-table" in empty.stderr
    assert "secret" not in wrong.stderr
