"""The service directory at the command line, and what `nwd publish` says of a referral."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from consent_ledger.agreements.in_force import read_agreements
from deploy.web.app import create_hub_app
from tests.integration.cli.conftest import Bus
from tests.support.gateway import gateway_client
from tests.support.published_services import as_file, number, published, term
from tests.support.web import serving

COURSES = "college-c.adult-skills-fund"


@pytest.fixture(autouse=True)
def _empty(bus: Bus) -> None:
    """Let no listing of another test be there."""
    with bus.hub() as hub, hub.engine.begin() as connection:
        connection.execute(text("DELETE FROM directory.listing"))


@pytest.fixture
def put(bus: Bus, tmp_path: Path) -> Any:
    """Give what imports services of the college's."""

    def put(*services: dict[str, Any], **more: Any) -> Any:
        file = tmp_path / "services.json"
        file.write_bytes(as_file(*services))
        return bus.nwd(
            "services", "import", str(file), "--provider", bus.name("college-c"), "--json", *more
        )

    return put


def today(bus: Bus) -> str:
    """Return the day of the bus, on which a service was assured."""
    with bus.hub() as hub:
        return str(hub.clock().date())


def test_a_dry_run_is_the_run_taken_back(bus: Bus, tmp_path: Path) -> None:
    """What is wrong is set aside in both, and said by its place and field."""
    file = tmp_path / "file.json"
    file.write_bytes(as_file(published(1), published(2, email="email-example_com")))
    command = ["services", "import", str(file), "--provider", bus.name("college-c"), "--json"]

    tried = bus.nwd(*command, "--dry-run")
    before = bus.lines("services", "list")
    done = bus.nwd(*command)
    again = bus.nwd(*command)

    assert (tried.exit_code, done.exit_code) == (1, 1)
    assert json.loads(tried.stdout) == json.loads(done.stdout) | {"is_dry_run": True}
    assert json.loads(done.stdout)["created"] == [number(1)]
    assert json.loads(done.stdout)["set_aside"] == [
        {"service": 2, "problems": ["email: it is an e-mail address, name@example.org"]}
    ]
    assert json.loads(again.stdout)["unchanged"] == [number(1)]
    assert before == []
    assert [listed["id"] for listed in bus.lines("services", "list")] == [number(1)]


def test_an_imported_service_opens_nothing(bus: Bus, put: Any) -> None:
    """It is in the filter's register only once somebody put it in the file of services."""
    with bus.hub() as hub, hub.engine.connect() as connection:
        before = read_agreements(connection).services

    put(published(1))

    with bus.hub() as hub, hub.engine.connect() as connection:
        assert read_agreements(connection).services == before
    assert bus.json("services", "show", number(1))["service"] is None


def test_a_listing_is_joined_to_a_service_of_its_own_provider(bus: Bus, put: Any) -> None:
    """Which the register must have; nothing else makes it one."""
    put(published(1))
    courses = bus.name(COURSES)

    unknown = bus.nwd("services", "join", number(1), bus.name("college-c.gardening"))
    another = bus.nwd("services", "join", number(1), bus.name("charity-b.mentoring"))
    joined = bus.json("services", "join", number(1), courses)

    assert (unknown.exit_code, another.exit_code) == (1, 1)
    assert "file of services" in unknown.stderr
    assert "is not a service of" in another.stderr
    assert joined["service"] == courses
    assert bus.json("services", "show", courses)["id"] == number(1)


def test_a_file_of_somebody_who_is_not_on_the_bus_is_refused(bus: Bus, tmp_path: Path) -> None:
    """Nobody could keep it up to date."""
    file = tmp_path / "file.json"
    file.write_bytes(as_file(published(1)))

    refused = bus.nwd("services", "import", str(file), "--provider", "nobody")

    assert refused.exit_code == 1
    assert "There is no provider nobody." in refused.stderr


def test_a_search_finds_what_the_page_finds(bus: Bus, put: Any) -> None:
    """By need, and what is closed comes last."""
    put(published(1, status="inactive"), published(2), published(3, name="Debt", description=None))

    found = bus.lines("services", "search", "--need", "mentor")
    shown = bus.done("services", "search", "--need", "mentor").stdout

    assert [listed["id"] for listed in found] == [number(2), number(1)]
    assert "2 listings found" in shown


def test_whoever_is_stale_is_asked_by_a_link(bus: Bus, put: Any) -> None:
    """At the address of the organisation, and of the web server as the public reaches it."""
    put(published(1, assured_date="2005-01-01"), published(2, assured_date=today(bus)))

    (asked,) = bus.lines("services", "ask")

    assert (asked["id"], asked["email"]) == (number(1), "office@kettle.example")
    assert asked["link"].startswith("http://localhost:9480/services/confirm/")
    bus.done("services", "capacity", number(1), "waiting-list")
    assert bus.lines("services", "ask") == []
    shown = bus.json("services", "show", number(1))
    assert (shown["capacity"], shown["confirmed_on"], shown["marks"]) == (
        "waiting-list",
        today(bus),
        [],
    )


@pytest.mark.parametrize("how", [["--dry-run"], ["--no-wait"]])
def test_a_referral_to_a_full_service_is_warned_about_and_published(
    bus: Bus, put: Any, how: list[str]
) -> None:
    """With what else there is; an enrolment there is not."""
    courses, person = bus.name(COURSES), bus.participant()
    alike = {"attributes": [term("Confidence")], "assured_date": today(bus)}
    put(published(1, **alike), published(2, name="Another", **alike))
    bus.done("services", "join", number(1), courses)
    bus.done("services", "capacity", courses, "no")
    lines = [
        bus.line("referral", person),
        bus.line("enrolment", person),
        bus.line("referral", person),
    ]

    told = bus.nwd("publish", *how, "--json", given="\n".join(lines))
    said = bus.nwd("publish", *how, given="\n".join(lines))

    assert (told.exit_code, said.exit_code) == (0, 0)
    account = json.loads(told.stdout)
    assert (account["good"], account["refused"]) == (3, 0)
    (warning,) = account["service_warnings"]
    assert (warning["service"], warning["referrals"], warning["marks"]) == (courses, 2, ["full"])
    assert [other["id"] for other in warning["alternatives"]] == [number(2)]
    assert f"Warning: 2 referrals to {courses}. It is full: they said so" in said.stderr
    assert "instead: Another, The Kettle Trust" in said.stderr


def test_a_referral_over_http_is_warned_about_and_taken(bus: Bus, put: Any) -> None:
    """In the answer of the batch, once it is on the bus."""
    courses = bus.name(COURSES)
    put(published(1, status="temporarily closed"))
    bus.done("services", "join", number(1), courses)
    line = bus.line("referral", bus.participant())

    with (
        bus.hub() as hub,
        serving(create_hub_app(hub)) as port,
        gateway_client(bus, port, "borough-d") as client,
    ):
        status, answer = client.send("POST", "/v1/events", line)

    assert status == 202
    (warning,) = answer["service_warnings"]
    assert (warning["service"], warning["referrals"], warning["marks"]) == (courses, 1, ["closed"])


def test_a_table_of_referrals_to_a_closed_service_is_warned_about_and_imported(
    bus: Bus, put: Any, tmp_path: Path
) -> None:
    """The dry run says what the run says; the same table again refers nobody."""
    courses = bus.name(COURSES)
    put(published(1, status="temporarily closed"))
    bus.done("services", "join", number(1), courses)
    mapping = {
        "name": "clients",
        "version": 1,
        "reference": "Ref",
        "columns": {"Surname": "identity.family_name", "Sent": "occurred_at"},
        "events": {
            "referral": {
                "fixed": {
                    "participation.service_id": courses,
                    "participation.stage": "requested",
                }
            }
        },
    }
    table, kept = tmp_path / "clients.csv", tmp_path / "clients.yaml"
    table.write_text("Ref,Surname,Sent\nR-1,Quillfeather,02/02/2026\nR-2,Oddlington,02/02/2026\n")
    kept.write_text(json.dumps(mapping))
    command = ["import", "csv", str(table), "--map", str(kept), "--provider", bus.name("charity-b")]

    tried = bus.json(*command, "--dry-run")
    said = bus.done(*command, "--dry-run")
    done = bus.json(*command)
    again = bus.json(*command)

    (warning,) = done["service_warnings"]
    assert tried["service_warnings"] == done["service_warnings"]
    assert (warning["service"], warning["referrals"], warning["marks"]) == (courses, 2, ["closed"])
    assert (done["published"], done["rows_set_aside"]) == (2, 0)
    assert f"Warning: 2 referrals to {courses}. It is closed for now." in said.stderr
    assert again["service_warnings"] == []


@pytest.mark.parametrize("is_followed", [False, True], ids=["once", "followed"])
def test_a_referral_out_of_an_outbox_is_warned_about_and_published(
    bus: Bus, put: Any, tmp_path: Path, *, is_followed: bool
) -> None:
    """Where the relay runs on the hub's machine, so that it can ask."""
    courses = bus.name(COURSES)
    put(published(1, status="temporarily closed"))
    bus.done("services", "join", number(1), courses)
    person = bus.participant()
    with closing(sqlite3.connect(tmp_path / "crm.db")) as crm, crm:
        crm.executescript(bus.done("relay", "--print-table", "sqlite").stdout)
        crm.execute(
            "INSERT INTO outbox (aggregatetype, aggregateid, type, payload)"
            " VALUES ('borough-d', ?, 'referral', ?)",
            [person, bus.line("referral", person)],
        )
    relay = ("relay", "--database", f"sqlite:///{tmp_path / 'crm.db'}")

    if is_followed:
        with bus.process(*relay, "--every", "0.05") as following:
            assert following.stderr
            said = "".join(following.stderr.readline() for _ in range(2))
            following.terminate()
    else:
        said = bus.done(*relay, "--once").stderr

    assert f"Warning: 1 referral to {courses}. It is closed for now." in said


def test_a_referral_to_a_service_with_room_is_not_warned_about(bus: Bus, put: Any) -> None:
    """Nor one to a service that the directory does not know."""
    line = bus.line("referral", bus.participant())
    unknown = bus.json("publish", "--dry-run", given=line)
    put(published(1, assured_date=today(bus)))
    bus.done("services", "join", number(1), bus.name(COURSES))

    assert unknown["service_warnings"] == []
    assert bus.json("publish", "--dry-run", given=line)["service_warnings"] == []


def test_where_the_hub_is_not_seen_a_referral_is_taken_all_the_same(bus: Bus) -> None:
    """A warning is no condition."""
    line = bus.line("referral", bus.participant())
    away = Bus(
        bus.settings | {"NWD_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        bus.tag,
        bus.folder,
        bus.kafka,
    )

    done = away.nwd("publish", "--dry-run", given=line)

    assert done.exit_code == 0
    assert "ask the hub" in done.stderr
