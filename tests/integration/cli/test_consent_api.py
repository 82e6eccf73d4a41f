"""Consent over HTTP, on a bus whose filter runs."""

import json
import logging
import socket
from collections.abc import Iterator
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from deploy.home.api_token import create_api_token, read_api_token, token_file
from deploy.home.secret_files import SecretError
from deploy.hub import open_hub
from deploy.web.app import create_hub_app
from schemas.identifiers import AgreementId, PassportNumber
from tests.integration.cli.conftest import WAIT_SECONDS, Bus
from tests.integration.cli.test_running import started
from tests.support.up_process import wait_until

SUPPORT = AgreementId("borough-d.support")
JOBCENTRE = AgreementId("jobcentre-e.engagement")
GATE = ["participation"]
HERE = "http://localhost"


@pytest.fixture
def api(running: Bus) -> Iterator[TestClient]:
    """Give the API of the bus that runs, to somebody with the token."""
    with open_hub() as hub, TestClient(create_hub_app(hub), base_url=HERE) as client:
        client.headers["authorization"] = f"Bearer {token(running)}"
        yield client


@pytest.fixture
def number(running: Bus) -> PassportNumber:
    """Give somebody about whom two events were published."""
    found = running.participant()
    lines = [running.line(kind, found) for kind in ("referral", "outcome")]
    running.done("publish", given="\n".join(lines))
    running.wait_for_events(found, 2)
    return found


def token(bus: Bus) -> str:
    """Return the token of a bus."""
    return read_api_token(Path(bus.settings["NWD_HOME"]))


def answered(api: TestClient, path: str, **body: Any) -> dict[str, Any]:
    """Return what is answered to something that must succeed."""
    answer = api.post(f"/consent/{path}", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def test_a_grant_and_a_withdrawal_wait_until_they_are_carried_out(
    running: Bus, api: TestClient, number: PassportNumber
) -> None:
    """Both times are told, and the records of each recipient."""
    about = {"number": number.lower(), "agreement": running.name(SUPPORT)}

    given = answered(api, "grant", categories=GATE, **about)
    taken = answered(api, "withdraw", **about)

    assert given["is_enforced"]
    assert taken["recorded_at"] <= taken["enforced_at"]
    assert taken["recipients"] == [
        {
            "agreement": running.name(SUPPORT),
            "recipient": "Fernmoor Council's jobs team",
            "records": 0,
            "tombstones": 2,
        }
    ]
    assert number not in running.done("tray", "show", running.name(SUPPORT)).stdout


def test_a_grant_holds_until_a_day_and_leaves_a_provider_out(
    running: Bus, api: TestClient, number: PassportNumber
) -> None:
    """Shown as it stands."""
    last = date.today() + timedelta(days=30)  # noqa: DTZ011 - a day as somebody gives it
    agreement, college = running.name(SUPPORT), running.name("college-c")
    answered(
        api,
        "grant",
        number=number,
        agreement=agreement,
        categories=GATE,
        until=last.isoformat(),
        **{"except": [college]},
    )

    shown = answered(api, "show", number=number)

    (support,) = (one for one in shown["agreements"] if one["agreement"] == agreement)
    assert list(support["categories"]) == GATE
    assert support["until"] == f"{last + timedelta(days=1)}T00:00:00+00:00"
    assert support["except"] == [college]


def test_who_closes_something_is_told_what_is_still_open(
    running: Bus, api: TestClient, number: PassportNumber
) -> None:
    """On public task, until they object."""
    about = {"number": number, "agreement": running.name(JOBCENTRE)}
    answered(api, "inform", **about)
    answered(api, "grant", categories=["needs"], **about)

    taken = answered(api, "withdraw", **about)
    objected = answered(api, "object", **about)
    ended = answered(api, "end-objection", **about)

    (still,) = taken["still_open"]
    assert still["categories"]["participation"]["basis"] == "public-task"
    assert (objected["still_open"], objected["tombstones"]) == ([], 2)
    assert ended["records"] == 2


def test_a_question_and_a_no(running: Bus, api: TestClient, number: PassportNumber) -> None:
    """Nobody is asked twice by mistake."""
    about = {"number": number, "agreement": running.name(SUPPORT)}
    answered(api, "request", categories=GATE, **about)
    answered(api, "refuse", **about)

    again = api.post("/consent/request", json=about | {"categories": GATE})
    meant = answered(api, "request", categories=GATE, again=True, **about)

    assert again.status_code == 409
    assert again.headers["content-type"] == "application/problem+json"
    assert again.json()["title"] == "They have said no to this."
    assert meant["records"] == 0


def test_a_change_that_is_not_carried_out_in_time_can_be_asked_for_again(
    bus: Bus, database_server: str, template_database: str, tmp_path: Path
) -> None:
    """It is recorded: 202, until a filter runs."""
    with (
        bus.beside(database_server, template_database, tmp_path) as idle,
        idle.hub() as hub,
        TestClient(create_hub_app(hub), base_url=HERE) as api,
    ):
        api.headers["authorization"] = f"Bearer {token(idle)}"
        person = idle.participant()
        said = {"number": person, "agreement": idle.name(SUPPORT), "categories": GATE}
        first = api.post("/consent/grant", json=said | {"wait_seconds": 0.1})
        entry = first.json()["entry"]
        second = api.post(first.json()["ask_again"], json={"entry": entry})
        nothing = api.post(first.json()["ask_again"], json={"entry": entry + 1})

    for answer in (first, second):
        assert answer.status_code == 202
        assert answer.json()["recorded_at"]
        assert not answer.json()["is_enforced"]
        assert answer.json()["enforced_at"] is None
    assert nothing.status_code == 404


def test_a_change_that_was_carried_out_is_told_with_both_times(
    running: Bus, api: TestClient, number: PassportNumber
) -> None:
    """The same as at first."""
    about = {"number": number, "agreement": running.name(SUPPORT)}
    given = answered(api, "grant", categories=GATE, **about)

    assert answered(api, "enforcement", entry=given["entry"]) == given


def test_a_number_of_somebody_erased_is_answered_as_one_that_was_never_issued(
    running: Bus, api: TestClient
) -> None:
    """Whoever holds a number does not learn from an answer that its person asked to be erased."""
    gone = running.participant()
    running.done("erasure", "start", gone, "--yes")
    about = {"agreement": running.name(SUPPORT), "categories": GATE}

    for path, body in (("show", {}), ("grant", about)):
        of_erased, of_nobody = (
            api.post(f"/consent/{path}", json={"number": number, **body})
            for number in (gone, "NWD-SAMP-1E00-9")
        )

        assert of_erased.status_code == 404
        assert of_erased.content == of_nobody.content


@pytest.mark.parametrize(
    ("path", "changes", "status"),
    [
        ("grant", {"categories": []}, 422),
        ("grant", {"categories": None}, 422),
        ("grant", {"categories": ["Zaphod Beeblebrox"]}, 422),
        ("grant", {"until": "Zaphod Beeblebrox"}, 422),
        ("grant", {"until": "2020-01-01"}, 409),
        ("grant", {"Zaphod Beeblebrox": 1}, 422),
        ("grant", {"except": ["zaphod-beeblebrox"]}, 404),
        ("grant", {"agreement": "zaphod.beeblebrox"}, 404),
        ("grant", {"agreement": "Zaphod Beeblebrox"}, 422),
        ("grant", {"wait_seconds": 3600}, 422),
        ("grant", {"number": "Zaphod Beeblebrox"}, 422),
        ("grant", {"number": "NWD-SAMP-1E00-9"}, 404),
        ("grant", {"number": 7}, 422),
        ("withdraw", {"categories": GATE}, 409),
        ("nothing", {}, 404),
    ],
)
def test_what_is_wrong_is_a_problem_that_repeats_nothing(  # noqa: PLR0917 - fixtures and a case
    running: Bus,
    api: TestClient,
    number: PassportNumber,
    caplog: pytest.LogCaptureFixture,
    path: str,
    changes: dict[str, Any],
    status: int,
) -> None:
    """Neither in the answer nor in a log stands what was sent."""
    body: dict[str, Any] = {"number": number, "agreement": running.name(SUPPORT)}
    if path == "grant":
        body["categories"] = GATE
    with caplog.at_level(logging.DEBUG):
        answer = api.post(f"/consent/{path}", json=body | changes)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    for text in (answer.text, caplog.text):
        assert "beeblebrox" not in text.lower()
        assert number not in text
        assert token(running) not in text


def test_a_body_that_is_no_json_is_a_problem_too(api: TestClient) -> None:
    """It is not repeated."""
    answer = api.post(
        "/consent/show",
        content="Zaphod Beeblebrox",
        headers={"content-type": "application/json"},
    )

    assert answer.status_code == 422
    assert "Beeblebrox" not in answer.text


def test_a_fault_of_the_bus_tells_nothing_but_its_class(
    running: Bus,
    number: PassportNumber,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A text of an exception may quote what it was about."""

    def broken(*_arguments: object) -> int:
        raise ValueError("Zaphod Beeblebrox")

    with open_hub() as hub, TestClient(create_hub_app(hub), base_url=HERE) as api:
        monkeypatch.setattr("deploy.operations.consent_changes.apply", broken)
        answer = api.post(
            "/consent/refuse",
            json={"number": number, "agreement": running.name(SUPPORT)},
            headers={"authorization": f"Bearer {token(running)}"},
        )

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ValueError" in caplog.text
    assert "Beeblebrox" not in answer.text + caplog.text


def test_the_server_writes_nothing_of_whom_it_is_asked(bus: Bus) -> None:
    """Neither from a body nor from a URL that somebody put a number into, nor the token."""
    person, given = bus.participant(), token(bus)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with started(bus, "web", "--port", str(port)) as process:
        wait_until(lambda: is_listening(port), WAIT_SECONDS, "the web server")
        status, _ = sent(port, "POST", "/consent/show", given, {"number": person})
        sent(port, "GET", f"/consent/show?number={person}", given)
        sent(port, "POST", f"/participants/{person}/consent", given)
        _, described = sent(port, "GET", "/openapi.json", "")
        process.terminate()
        _, said = process.communicate(timeout=WAIT_SECONDS)

    assert status == 200
    assert person not in said
    assert given not in said
    route = json.loads(described)["paths"]["/consent/withdraw"]["post"]
    assert route["security"] == [{"HTTPBearer": []}]
    assert "wait until nothing of it is left" in route["description"]


def is_listening(port: int) -> bool:
    """Tell whether somebody answers there."""
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def sent(
    port: int, method: str, url: str, given: str, body: dict[str, Any] | None = None
) -> tuple[int, str]:
    """Send a request to a server, and return its status and its text."""
    connection = HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)
    headers = {"authorization": f"Bearer {given}", "content-type": "application/json"}
    connection.request(method, url, json.dumps(body or {}), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_the_token_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    """And made anew only where it was taken away."""
    assert create_api_token(tmp_path)
    first = read_api_token(tmp_path)

    assert not create_api_token(tmp_path)
    assert read_api_token(tmp_path) == first
    assert token_file(tmp_path).stat().st_mode & 0o777 == 0o600
    token_file(tmp_path).write_text("short\n")
    with pytest.raises(SecretError, match="too short"):
        read_api_token(tmp_path)
    token_file(tmp_path).unlink()
    assert create_api_token(tmp_path)
    assert read_api_token(tmp_path) != first
