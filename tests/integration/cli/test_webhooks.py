"""A recipient is told that its tray has something new, by a real call to a server of its own."""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi.testclient import TestClient

from consumers.webhooks import endpoints
from deploy.programs.webhooks import run_webhooks
from deploy.web.app import create_hub_app
from deploy.web.guard.key_ring import FRESH_SECONDS
from schemas.identifiers import PassportNumber
from tests.integration.cli.conftest import Bus, at_work, wait_until
from tests.support.certificates import Authority
from tests.support.webhook_receiver import Received, Receiver, receiving

SUPPORT = "borough-d.support"


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """Give a recipient's server."""
    with receiving(Authority(tmp_path).sign("receiver")) as running:
        yield running


@pytest.fixture
def calling(running: Bus, receiver: Receiver, tmp_path: Path) -> Iterator[Bus]:
    """Give the bus with its webhooks at work; they may call this machine."""
    assert receiver.port
    allowed = {
        "NWD_WEBHOOK_HOSTS": "127.0.0.1",
        "NWD_WEBHOOK_CA": str(tmp_path / "authority.pem"),
    }
    bus = replace(running, settings=running.settings | allowed)
    with at_work(bus, [run_webhooks]):
        yield bus


@pytest.fixture
def webhook(calling: Bus, receiver: Receiver) -> Iterator[Any]:
    """Give the borough's webhook, as `nwd webhook add` shows it."""
    made = calling.json("webhook", "add", calling.name(SUPPORT), receiver.url)
    yield made
    calling.done("webhook", "remove", made["id"])


def share(bus: Bus) -> PassportNumber:
    """Put a record into the borough's tray."""
    number = bus.participant()
    bus.done("publish", given=bus.line("referral", number))
    bus.done("consent", "grant", number, bus.name(SUPPORT), "--all")
    return number


def is_signed(received: Received, public_key: str) -> bool:
    """Return whether a call is signed by a key, as a receiver checks it."""
    key = base64.b64decode(public_key.removeprefix("whpk_"))
    headers = received.headers
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + received.body
    for signature in headers["webhook-signature"].split(" "):
        kind, _, text = signature.partition(",")
        assert kind == "v1a"
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(base64.b64decode(text), content)
        except InvalidSignature:
            continue
        return True
    return False


def test_a_reader_is_told_once_of_what_comes_and_of_what_goes(
    calling: Bus, receiver: Receiver, webhook: Any
) -> None:
    """By a message that says which tray and nothing of what is in it, signed by the key shown."""
    number = share(calling)
    wait_until(lambda: len(receiver.calls) == 1, "the first call")
    calling.done("consent", "withdraw", number, calling.name(SUPPORT))
    wait_until(lambda: len(receiver.calls) == 2, "the call of the retraction")
    time.sleep(2.5)

    (public_key,) = webhook["public_keys"]
    assert len(receiver.calls) == 2
    for received in receiver.calls:
        assert is_signed(received, public_key)
        message = json.loads(received.body)
        assert message.keys() == {"type", "timestamp", "data"}
        assert message["data"] == {"agreement": calling.name(SUPPORT)}
        assert abs(time.time() - int(received.headers["webhook-timestamp"])) < 60
    assert len({one.headers["webhook-id"] for one in receiver.calls}) == 2
    log = calling.lines("webhook", "log", webhook["id"])
    assert [(one["status"], one["problem"]) for one in log] == [(204, "")] * 2


def test_a_reader_sees_its_webhooks_and_their_calls_and_no_other_s(
    calling: Bus, receiver: Receiver, webhook: Any
) -> None:
    """By its key, so that it knows why no call comes."""
    receiver.status = 500
    share(calling)
    wait_until(lambda: len(receiver.calls) == 1, "the call")
    made = calling.json(
        *("api-key", "add", calling.name("borough-d")),
        *("--scope", f"read:{calling.name(SUPPORT)}"),
    )
    with calling.hub() as hub, TestClient(create_hub_app(hub), base_url="http://localhost") as api:
        api.headers["authorization"] = f"Bearer {made['secret']}"
        (shown,) = api.get(f"/v1/trays/{calling.name(SUPPORT)}/webhooks").json()
        other = api.get(f"/v1/trays/{calling.name('college-c.outcomes')}/webhooks")
    calling.done("api-key", "revoke", made["id"])

    assert (shown["id"], shown["url"]) == (webhook["id"], receiver.url)
    assert shown["public_keys"] == webhook["public_keys"]
    assert shown["failing_since"]
    assert [one["status"] for one in shown["calls"]] == [500]
    assert other.status_code == 404


def test_an_organisation_that_is_called_in_vain_is_told_whatever_it_asks(
    calling: Bus, receiver: Receiver, webhook: Any
) -> None:
    """By a header of the answer, until its server takes a call; nobody else is."""
    receiver.status = 500
    share(calling)
    wait_until(lambda: len(receiver.calls) == 1, "the call")
    keys = [
        calling.json("api-key", "add", calling.name(of), "--scope", f"publish:{calling.name(of)}")
        for of in ("borough-d", "college-c")
    ]

    def told_since(key: Any) -> str | None:
        time.sleep(FRESH_SECONDS)
        answer = api.get("/v1/dead-letters", headers={"authorization": f"Bearer {key['secret']}"})
        assert answer.status_code == 200
        return answer.headers.get("nwd-webhook-failing-since")

    with calling.hub() as hub, TestClient(create_hub_app(hub), base_url="http://localhost") as api:
        failing, other = map(told_since, keys)
        receiver.status = 204
        calling.done("webhook", "retry", webhook["id"])
        wait_until(lambda: len(receiver.calls) == 2, "the call again")
        wait_until(lambda: told_since(keys[0]) is None, "the header to be gone")
    for key in keys:
        calling.done("api-key", "revoke", key["id"])

    assert other is None
    assert failing is not None
    assert abs((datetime.now(UTC) - datetime.fromisoformat(failing)).total_seconds()) < 60


def test_an_endpoint_that_fails_keeps_its_place_and_catches_up_by_one_command(
    calling: Bus, receiver: Receiver, webhook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is listed as failing, with its retraction pending; it is called by itself again later."""
    monkeypatch.setattr(endpoints, "PAUSES", (endpoints.PAUSES[-1],))
    receiver.status = 500
    number = share(calling)
    wait_until(lambda: len(receiver.calls) == 1, "the first call")
    calling.done("consent", "withdraw", number, calling.name(SUPPORT))
    time.sleep(1.5)
    (failing,) = [one for one in calling.lines("webhook", "list") if one["id"] == webhook["id"]]
    tried_while_it_waits = len(receiver.calls)
    receiver.status = 200
    calling.done("webhook", "retry", webhook["id"])
    wait_until(lambda: len(receiver.calls) == 2, "the call again")
    time.sleep(1.5)

    assert (failing["attempts"], tried_while_it_waits) == (1, 1)
    assert failing["failing_since"]
    assert len(receiver.calls) == 2
    assert len({one.headers["webhook-id"] for one in receiver.calls}) == 2  # it tells of more
    (settled,) = [one for one in calling.lines("webhook", "list") if one["id"] == webhook["id"]]
    assert (settled["attempts"], settled["failing_since"]) == (0, None)


def test_a_pause_that_is_over_ends_by_itself(
    calling: Bus, receiver: Receiver, webhook: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to look after an endpoint that is there again."""
    assert webhook["id"]
    monkeypatch.setattr(endpoints, "PAUSES", (endpoints.PAUSES[0] / 10,))
    receiver.status = 503
    share(calling)
    wait_until(lambda: len(receiver.calls) >= 2, "a second call")
    assert len({one.headers["webhook-id"] for one in receiver.calls}) == 1
    receiver.status = 204
    wait_until(
        lambda: calling.lines("webhook", "list")[-1]["failing_since"] is None, "the call taken"
    )


def test_two_keys_sign_while_one_is_put_in_the_other_s_place(
    calling: Bus, receiver: Receiver, webhook: Any
) -> None:
    """So a receiver changes over when it likes."""
    both = calling.json("webhook", "rotate", webhook["id"])["public_keys"]
    share(calling)
    wait_until(lambda: len(receiver.calls) == 1, "the call")
    (new,) = calling.json("webhook", "rotate", webhook["id"], "--finish")["public_keys"]
    share(calling)
    wait_until(lambda: len(receiver.calls) == 2, "the next call")

    first, second = receiver.calls
    assert both == [new, *webhook["public_keys"]]
    assert [is_signed(first, key) for key in both] == [True, True]
    assert [is_signed(second, key) for key in both] == [True, False]


def test_what_may_not_be_called_is_refused_when_it_is_added(running: Bus) -> None:
    """This machine, an address inside, and a tray of the hub's own; nothing is entered."""
    support, own = running.name(SUPPORT), running.name("hub.statistics")
    before = len(running.lines("webhook", "list"))
    for agreement, url, why in (
        (support, "https://127.0.0.1/nwd", "not public"),
        (support, "https://169.254.169.254/latest/meta-data", "not public"),
        (support, "http://example.org/", "https://"),
        (own, "https://8.8.8.8/", "no tray"),
    ):
        refused = running.nwd("webhook", "add", agreement, url)
        assert refused.exit_code == 1
        assert why in refused.stderr
    assert len(running.lines("webhook", "list")) == before
    assert running.nwd("webhook", "retry", "wh-none").exit_code == 1
