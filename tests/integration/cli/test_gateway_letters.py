"""What a publisher is told over HTTP: what became of its events, and of its dead letters."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.operations import dead_letters, letter_book, letter_replay
from deploy.web.app import create_hub_app
from schemas.identifiers import PassportNumber, ProviderId
from tests.integration.cli.conftest import Bus
from tests.integration.cli.cutting import Cut, CutError, cut
from tests.integration.cli.test_dead_letters import OPERATOR, event_of
from tests.support.gateway import GatewayClient, gateway_client
from tests.support.web import serving

BOROUGH = ProviderId("borough-d")
LONG = 30


@pytest.fixture(scope="module")
def port(running: Bus) -> Iterator[int]:
    """Give the port of a real server of the bus that runs."""
    with running.hub() as hub, serving(create_hub_app(hub)) as port:
        yield port


@pytest.fixture(scope="module")
def borough(running: Bus, port: int) -> Iterator[GatewayClient]:
    """Give the borough's system."""
    with gateway_client(running, port, BOROUGH) as client:
        yield client


def published(bus: Bus, client: GatewayClient, number: PassportNumber, **changes: Any) -> str:
    """Publish a referral and return its event id."""
    line = bus.line("referral", number, **({"event_id": str(uuid4())} | changes))
    status, answer = client.send("POST", "/v1/events", line)
    assert status == 202, answer
    return str(answer["events"][0]["event_id"])


def letters(client: GatewayClient) -> dict[str, Any]:
    """Return a provider's letters by origin, once all that it published was looked at."""
    assert client.post("/v1/events/looked-at", wait_seconds=LONG)["is_all_looked_at"]
    status, listed = client.send("GET", "/v1/dead-letters")
    assert status == 200
    return {letter["origin"]: letter for letter in listed["dead_letters"]}


def misplaced(bus: Bus, client: GatewayClient, number: PassportNumber, count: int) -> set[str]:
    """Put events under a wrong key, past the door, and return the origins of their letters."""
    before = letters(client)
    for _ in range(count):
        bus.send(BOROUGH, event_of(bus, "referral", number))
    return letters(client).keys() - before


def test_a_publisher_is_told_that_an_event_is_accepted(
    running: Bus, borough: GatewayClient
) -> None:
    """As soon as the filter has looked at it; once by waiting, and afterwards by its address."""
    event_id = published(running, borough, running.participant())

    waited = borough.post("/v1/events/status", event_ids=[event_id], wait_seconds=LONG)
    status, now = borough.send("GET", f"/v1/events/{event_id}")

    (event,) = waited["events"]
    assert (event["status"], event["revision"]) == ("accepted", 1)
    assert (status, now) == (200, event)


def test_a_publisher_is_told_of_a_dead_letter(running: Bus, borough: GatewayClient) -> None:
    """With its reason; the letter is in its list, under the event's id."""
    number = running.participant()
    event_id = published(running, borough, number)
    borough.post("/v1/events/status", event_ids=[event_id], wait_seconds=LONG)
    published(running, borough, number, event_id=event_id, occurred_at="2026-05-05T10:00:00Z")

    waited = borough.post("/v1/events/status", event_ids=[event_id], wait_seconds=LONG)

    (event,) = waited["events"]
    assert (event["status"], event["reason"]) == ("refused", "revision-conflict")
    letter = letters(borough)[event["origin"]]
    assert (letter["event_id"], letter["revision"]) == (event_id, 1)
    assert number not in json.dumps(letter)


def test_a_provider_learns_nothing_of_another_s(
    running: Bus, borough: GatewayClient, port: int
) -> None:
    """Neither of its events, nor of its letters, and it replays none."""
    number = running.participant()
    event_id = published(running, borough, number)
    (origin,) = misplaced(running, borough, number, 1)

    with gateway_client(running, port, "college-c") as college:
        stated = college.post("/v1/events/status", event_ids=[event_id], wait_seconds=LONG)
        by_address, _ = college.send("GET", f"/v1/events/{event_id}")
        _, listed = college.send("GET", "/v1/dead-letters")
        replayed, _ = college.send(
            "POST", "/v1/dead-letters/replay", json.dumps({"origin": origin})
        )

    assert [event["status"] for event in stated["events"]] == ["unknown"]
    assert by_address == replayed == 404
    assert origin not in json.dumps(listed)
    borough.post("/v1/dead-letters/replay", origin=origin)


def test_a_publisher_is_told_when_all_is_looked_at(running: Bus, borough: GatewayClient) -> None:
    """What the filter refused of it is among the dead letters by then."""
    number = running.participant()
    running.send(BOROUGH, b"no event at all")
    for _ in range(3):
        published(running, borough, number)

    looked_at = borough.post("/v1/events/looked-at", wait_seconds=LONG)

    assert looked_at == {"is_all_looked_at": True, "waiting": 0}
    assert running.json("participant", "show", number)["events"] == 3
    (newest,) = list(letters(borough).values())[-1:]
    assert newest["reason"] == "malformed"
    assert "event_id" not in newest


def test_what_the_filter_has_not_looked_at_waits(
    bus: Bus, database_server: str, template_database: str, tmp_path: Path
) -> None:
    """And whoever waits for it is answered when their time is over."""
    with (
        bus.beside(database_server, template_database, tmp_path) as idle,
        idle.hub() as hub,
        serving(create_hub_app(hub)) as port,
        gateway_client(idle, port, BOROUGH) as client,
    ):
        event_id = published(idle, client, idle.participant())

        stated = client.post("/v1/events/status", event_ids=[event_id], wait_seconds=0.3)
        looked_at = client.post("/v1/events/looked-at", wait_seconds=0.3)

    assert [event["status"] for event in stated["events"]] == ["waiting"]
    assert not looked_at["is_all_looked_at"]
    assert looked_at["waiting"] > 0


def test_all_of_one_reason_are_replayed_once_it_is_mended(
    running: Bus, borough: GatewayClient
) -> None:
    """Under the permissions of now; it is written down that the provider did it."""
    number, agreement = running.participant(), running.name("borough-d.support")
    running.done("consent", "grant", number, agreement, "--all")
    origins = misplaced(running, borough, number, 3)
    running.done("consent", "withdraw", number, agreement)

    done = borough.post("/v1/dead-letters/replay", reason="wrong-key")
    borough.post("/v1/events/looked-at", wait_seconds=LONG)

    assert done == {"replayed": 3, "unreadable": []}
    assert running.json("participant", "show", number)["events"] == 3
    assert not origins & letters(borough).keys()
    held = running.lines("tray", "show", agreement)
    assert not [record for record in held if record["participant"] == number]
    used = running.lines("dead-letters", "uses")[:3]
    assert {(use["operator"], use["did"]) for use in used} == {(running.name(BOROUGH), "replayed")}
    assert running.json("audit")["differences"] == []


def test_a_letter_that_is_no_event_stays_and_is_named(running: Bus, borough: GatewayClient) -> None:
    """Nobody can publish it as it stands."""
    running.send(BOROUGH, b"nothing that could be read")
    held = letters(borough)

    done = borough.post("/v1/dead-letters/replay", reason="malformed")

    assert done["replayed"] == 0
    assert done["unreadable"]
    assert letters(borough) == held


def test_the_operator_replays_all_of_one_reason(running: Bus, borough: GatewayClient) -> None:
    """Of one provider, or of all; one letter and all of a reason are different commands."""
    number = running.participant()
    misplaced(running, borough, number, 2)
    again = ("dead-letters", "replay", "--reason", "wrong-key", *OPERATOR, "--provider")

    of_another = running.json(*again, running.name("college-c"))
    done = running.json(*again, running.name(BOROUGH))
    neither = running.nwd("dead-letters", "replay", *OPERATOR)

    assert (of_another["replayed"], done["replayed"], neither.exit_code) == (0, 2, 2)
    running.wait_for_events(number, 2)


@pytest.mark.parametrize(
    "cutting",
    [
        pytest.param(cut(letter_replay, "keep_places"), id="when they are published"),
        pytest.param(cut(letter_replay, "take_away"), id="before they are taken away"),
        pytest.param(cut(dead_letters, "destroy_letter_keys"), id="before their keys go"),
    ],
)
def test_a_replay_cut_short_loses_nothing_and_goes_on(
    running: Bus, borough: GatewayClient, monkeypatch: pytest.MonkeyPatch, cutting: Cut
) -> None:
    """Each event counts once, whatever was done twice; in the end no letter is left of them."""
    number = running.participant()
    origins = misplaced(running, borough, number, 2)
    again = ("dead-letters", "replay", "--reason", "wrong-key", *OPERATOR)

    monkeypatch.setattr(letter_book, "FRESH_SECONDS", 0.0)

    with pytest.MonkeyPatch.context() as patch:
        cutting(patch)
        with pytest.raises(CutError):
            running.nwd(*again)
    running.done(*again)
    running.wait_for_events(number, 2)

    assert running.json("participant", "show", number)["events"] == 2
    assert not origins & letters(borough).keys()
    assert running.json("audit")["differences"] == []
