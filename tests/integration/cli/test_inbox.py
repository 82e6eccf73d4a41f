"""A tray over HTTP, as its reader comes for it with a key: on a bus whose filter runs."""

import csv
import io
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from python_calamine import CalamineWorkbook

from consumers.inbox.cursor import parse_cursor
from consumers.tray import NoTrayError
from deploy.home.api_token import read_api_token
from deploy.hub import open_hub
from deploy.operations.inbox import Inbox
from deploy.web.app import create_hub_app
from schemas.identifiers import AgreementId, OrganisationId, PassportNumber
from tests.integration.cli.conftest import Bus, wait_until
from tests.support.kafka_settings import as_environment
from tests.support.web import serving

SUPPORT, OUTCOMES, STATISTICS = "borough-d.support", "college-c.outcomes", "hub.statistics"
HERE = "http://localhost"


@pytest.fixture(scope="module")
def secret(running: Bus) -> str:
    """Give the borough's key to its tray."""
    return made_key(running, "borough-d", f"read:{running.name(SUPPORT)}")


@pytest.fixture
def inbox(secret: str) -> Iterator[TestClient]:
    """Give the API of the bus that runs, to the borough."""
    with open_hub() as hub:
        app = create_hub_app(hub)
        with TestClient(app, base_url=HERE) as client:
            client.headers["authorization"] = f"Bearer {secret}"
            yield client
        app.state.inbox.close()


@pytest.fixture
def number(running: Bus) -> PassportNumber:
    """Give somebody with a record in the borough's tray."""
    found = running.participant()
    running.done("publish", given=running.line("referral", found))
    running.done("consent", "grant", found, running.name(SUPPORT), "--all")
    return found


def made_key(bus: Bus, organisation: str, *scopes: str) -> str:
    """Return the secret of a new key."""
    options = [part for scope in scopes for part in ("--scope", scope)]
    return str(bus.json("api-key", "add", bus.name(organisation), *options)["secret"])


def get(
    inbox: TestClient, bus: Bus, path: str = "", agreement: str = SUPPORT, **query: Any
) -> Response:
    """Ask for a tray."""
    return inbox.get(f"/v1/trays/{bus.name(agreement)}{path}", params=query)


def read_all(inbox: TestClient, bus: Bus, after: str | None = None) -> tuple[list[Any], str]:
    """Return what stands behind a cursor, page by page, and the next cursor."""
    records: list[Any] = []
    while True:
        query = {} if after is None else {"after": after}
        answer = get(inbox, bus, limit=2, **query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        records += page["records"]
        after = page["next"]
        if page["is_caught_up"]:
            return records, str(after)


def about(records: list[Any], number: PassportNumber) -> list[Any]:
    """Return the records about somebody."""
    return [one for one in records if one["participant"] == number]


def test_a_reader_gets_what_stands_in_its_tray_and_then_what_is_taken_out(
    running: Bus, inbox: TestClient, number: PassportNumber
) -> None:
    """The same as from Kafka, field by field; the retraction comes behind the cursor."""
    records, cursor = read_all(inbox, running)
    running.done("consent", "withdraw", number, running.name(SUPPORT))
    after, _ = read_all(inbox, running, cursor)

    (record,) = about(records, number)
    assert record["type"] == "referral"
    assert record["value"]["participation"]["service_id"]
    assert [one["value"] for one in about(after, number)] == [None]
    from_kafka = running.lines("tray", "show", running.name(SUPPORT), "--raw-log")
    shown = [one for one in from_kafka if one["participant"] != "tick"]
    by_place = {(one["partition"], one["offset"]): one for one in records + after}
    assert {(one["partition"], one["offset"]): one for one in shown} == by_place


def test_a_cursor_acknowledges_what_is_before_it(
    running: Bus, inbox: TestClient, number: PassportNumber
) -> None:
    """A certificate of erasure says so; a page that was only asked for is not acknowledged."""
    _, cursor = read_all(inbox, running)
    entry = str(running.json("erasure", "start", number, "--yes")["ledger_entry"])

    def acknowledged() -> bool:
        made = running.json("erasure", "certificate", entry)
        (found,) = (
            one["acknowledged"]
            for one in made["acknowledgements"]
            if one["reader"] == f"{running.name('borough-d')} over HTTP"
        )
        return bool(found)

    page = get(inbox, running, after=cursor, limit=5_000).json()
    asked_for = acknowledged()
    get(inbox, running, after=page["next"])

    assert about(page["records"], number)[0]["value"] is None
    assert (asked_for, acknowledged()) == (False, True)


def test_a_request_waits_for_the_first_record(
    running: Bus, inbox: TestClient, number: PassportNumber
) -> None:
    """And goes on without one when its time is over."""
    _, cursor = read_all(inbox, running)
    begun = time.monotonic()
    nothing = get(inbox, running, after=cursor, wait_seconds=0.6).json()
    waited = time.monotonic() - begun
    late = threading.Timer(
        1.0, running.done, ["publish"], {"given": running.line("outcome", number)}
    )
    late.start()
    page = get(inbox, running, after=nothing["next"], wait_seconds=30).json()
    late.join()

    assert (nothing["records"], nothing["is_caught_up"]) == ([], True)
    assert 0.6 <= waited < 5
    assert [one["type"] for one in page["records"]] == ["outcome"]


def test_a_key_that_is_revoked_gets_nothing_that_it_waited_for(
    running: Bus, inbox: TestClient
) -> None:
    """Though it held when the request began."""
    made = running.json(
        *("api-key", "add", running.name("borough-d")),
        *("--scope", f"read:{running.name(SUPPORT)}"),
    )
    inbox.headers["authorization"] = f"Bearer {made['secret']}"
    wait_until(lambda: get(inbox, running).status_code == 200, "the new key")
    _, cursor = read_all(inbox, running)
    late = threading.Timer(0.5, running.done, ["api-key", "revoke", made["id"]])
    late.start()
    answer = get(inbox, running, after=cursor, wait_seconds=20)
    late.join()

    assert answer.status_code == 401


def test_the_tray_as_it_stands_is_a_table(running: Bus, inbox: TestClient) -> None:
    """Without what was replaced or retracted; the same as CSV and as a workbook."""
    kept, gone = running.participant(), running.participant()
    for number in (kept, gone):
        running.done("publish", given=running.line("referral", number))
        running.done("consent", "grant", number, running.name(SUPPORT), "--all")
    running.done("consent", "withdraw", gone, running.name(SUPPORT))

    plain = get(inbox, running, "/table.csv")
    book = get(inbox, running, "/table.xlsx")

    rows = [*csv.reader(io.StringIO(plain.content.decode("utf-8-sig"), newline=""))]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.content)).get_sheet_by_index(0)
    assert sheet.to_python() == rows
    numbers = [row[0] for row in rows[1:]]
    assert numbers.count(kept) == 1
    assert gone not in numbers
    current = running.lines("tray", "show", running.name(SUPPORT))
    assert sorted(numbers) == sorted(one["participant"] for one in current)
    assert plain.headers["content-disposition"] == (
        f'attachment; filename="{running.name(SUPPORT)}.csv"'
    )
    assert plain.headers["cache-control"] == "no-store"


def test_another_s_tray_is_as_one_that_is_not_there(running: Bus, inbox: TestClient) -> None:
    """The same words, whether there is one or not, and whatever is asked of it."""
    for path in ("", "/table.csv", "/table.xlsx"):
        answers = [get(inbox, running, path, other) for other in (OUTCOMES, STATISTICS, "no.tray")]

        assert [one.status_code for one in answers] == [404] * 3
        assert len({one.text for one in answers}) == 1


def test_a_key_reads_nothing_once_its_agreement_is_another_s(running: Bus) -> None:
    """Whatever scopes it was given once: the agreement in force says who reads."""
    support, statistics = (AgreementId(running.name(one)) for one in (SUPPORT, STATISTICS))
    with running.hub() as hub:
        inbox = Inbox(hub)
        assert inbox.demand_reader(OrganisationId(running.name("borough-d")), support).id == support
        for organisation, agreement in (("college-c", support), ("hub", statistics)):
            for name in (organisation, running.name(organisation)):
                with pytest.raises(NoTrayError):
                    inbox.demand_reader(OrganisationId(name), agreement)


def test_a_key_without_a_tray_and_the_operator_read_none(running: Bus, inbox: TestClient) -> None:
    """The operator has `nwd tray`."""
    consent = made_key(running, "college-c", f"consent:{running.name(OUTCOMES)}")
    for credential in (consent, read_api_token(Path(running.settings["NWD_HOME"]))):
        inbox.headers["authorization"] = f"Bearer {credential}"

        assert get(inbox, running).status_code == 403


def test_an_organisation_that_is_suspended_reads_nothing(running: Bus, inbox: TestClient) -> None:
    """As at Kafka, so over HTTP."""
    if not running.kafka.protocol.logs_in:
        pytest.skip("nobody logs in to this Kafka")
    before = get(inbox, running).status_code
    running.done("organisation", "suspend", running.name("borough-d"))
    suspended = get(inbox, running).status_code
    running.done("organisation", "resume", running.name("borough-d"))

    assert (before, suspended, get(inbox, running).status_code) == (200, 404, 200)


def test_a_cursor_that_cannot_be_continued_is_gone(running: Bus, inbox: TestClient) -> None:
    """Its reader begins anew; what is no cursor is refused."""
    cursor = parse_cursor(get(inbox, running, limit=1).json()["next"])
    old = int((datetime.now(UTC) - timedelta(days=31)).timestamp())
    for lost in (
        cursor._replace(topic_id="another"),
        cursor._replace(positions=cursor.positions[:-1]),
        cursor._replace(caught_up_at=old),
        cursor._replace(positions=tuple(10**9 for _ in cursor.positions)),
    ):
        assert get(inbox, running, after=lost.text()).status_code == 410
    assert get(inbox, running, after="nonsense").status_code == 422
    assert get(inbox, running, after=cursor.text()).status_code == 200


def test_a_kafka_that_is_away_is_told_and_nothing_of_it(
    running: Bus, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503, and no address."""
    monkeypatch.setattr("consumers.tray_reader.BOOTSTRAP_MS", 500)
    nowhere = as_environment(running.kafka)["NWD_KAFKA_BOOTSTRAP"].rpartition(":")[0] + ":1"
    monkeypatch.setenv("NWD_KAFKA_BOOTSTRAP", nowhere)
    with open_hub() as hub, TestClient(create_hub_app(hub), base_url=HERE) as client:
        client.headers["authorization"] = f"Bearer {secret}"
        answer = get(client, running)

    assert answer.status_code == 503
    assert nowhere not in answer.text


def test_who_waits_is_answered_when_the_server_ends(running: Bus, secret: str) -> None:
    """A real server, and a request that would wait for a minute."""
    with open_hub() as hub:
        begun = time.monotonic()
        with serving(create_hub_app(hub)) as port:
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            head = {"authorization": f"Bearer {secret}", "host": "localhost"}
            tray = f"/v1/trays/{running.name(SUPPORT)}"
            connection.request("GET", tray, headers=head)
            cursor = json.loads(connection.getresponse().read())["next"]
            connection.request("GET", f"{tray}?after={cursor}&wait_seconds=60", headers=head)
            time.sleep(0.5)
        assert connection.getresponse().status == 200
        connection.close()
        assert time.monotonic() - begun < 9
