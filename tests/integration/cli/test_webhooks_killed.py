"""`kill -9` of the process that calls webhooks: its reader misses nothing that came or went."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from deploy.web.guard.key_ring import FRESH_SECONDS
from schemas.identifiers import PassportNumber
from tests.integration.cli.conftest import Bus, wait_until
from tests.integration.cli.test_waiting import served
from tests.integration.cli.test_webhooks import SUPPORT, share
from tests.support.certificates import Authority
from tests.support.webhook_receiver import Receiver, receiving


@dataclass
class Reader:
    """The borough's system: reads on from where it was, and heeds each message id once."""

    tray: str
    key: str
    held: dict[str, Any] = field(default_factory=dict)
    heeded: set[str] = field(default_factory=set)
    after: str | None = None

    def heed(self, receiver: Receiver, port: int) -> None:
        """Read on if there is a message that did not come before, as Standard Webhooks advises."""
        ids = {call.headers["webhook-id"] for call in receiver.calls}
        if ids - self.heeded:
            self.heeded |= ids
            self._read_on(port)

    def _read_on(self, port: int) -> None:
        is_caught_up = False
        while not is_caught_up:
            answer = httpx2.get(
                f"http://127.0.0.1:{port}/v1/trays/{self.tray}",
                params={} if self.after is None else {"after": self.after},
                headers={"authorization": f"Bearer {self.key}"},
            )
            page = answer.raise_for_status().json()
            for record in page["records"]:
                self.held[record["participant"]] = record["value"]
            self.after, is_caught_up = page["next"], page["is_caught_up"]

    def people(self) -> set[str]:
        """Return whose records it holds."""
        return {who for who, value in self.held.items() if value is not None}


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    """Give the reader's server."""
    with receiving(Authority(tmp_path).sign("receiver")) as running:
        yield running


@pytest.fixture
def calling(running: Bus, tmp_path: Path) -> Bus:
    """Give the bus whose web server may call this machine."""
    allowed = {
        "NWD_WEBHOOK_HOSTS": "127.0.0.1",
        "NWD_WEBHOOK_CA": str(tmp_path / "authority.pem"),
    }
    return replace(running, settings=running.settings | allowed)


@pytest.fixture
def reader(calling: Bus, receiver: Receiver) -> Iterator[Reader]:
    """Give the borough's system, with a key and a webhook of its own."""
    tray = calling.name(SUPPORT)
    made = calling.json("webhook", "add", tray, receiver.url)
    scope = ("--scope", f"read:{tray}")
    key = calling.json("api-key", "add", calling.name("borough-d"), *scope)
    time.sleep(FRESH_SECONDS)
    yield Reader(tray, key["secret"])
    calling.done("webhook", "remove", made["id"])
    calling.done("api-key", "revoke", key["id"])


def killed_at_a_call(
    calling: Bus, receiver: Receiver, reader: Reader, *, is_answered: bool
) -> tuple[PassportNumber, PassportNumber]:
    """Kill the server at its second call; return of whom the first told, and the second."""
    with served(calling) as (server, port):
        told = share(calling)
        wait_until(lambda: len(receiver.calls) == 1, "the first call")
        reader.heed(receiver, port)
        assert told in reader.people()
        if is_answered:
            receiver.after_answering = server.kill
        else:
            receiver.before_answering = server.kill
        cut_short = share(calling)
        server.wait(30)
    assert len(receiver.calls) == 2
    receiver.before_answering = receiver.after_answering = lambda: None
    return told, cut_short


def is_all_taken(calling: Bus) -> bool:
    """Return whether the newest webhook has nothing that was not taken."""
    newest = calling.lines("webhook", "list")[-1]
    calls = calling.lines("webhook", "log", newest["id"])
    return newest["failing_since"] is None and bool(calls) and calls[0]["problem"] == ""


def test_a_call_that_was_cut_short_comes_again_under_its_id(
    calling: Bus, receiver: Receiver, reader: Reader
) -> None:
    """The receiver had it, and the hub cannot know: the receiver can tell that it is the same."""
    _, cut_short = killed_at_a_call(calling, receiver, reader, is_answered=False)

    with served(calling) as (_, port):
        wait_until(lambda: len(receiver.calls) == 3, "the call again")
        reader.heed(receiver, port)

    first, second, third = (call.headers["webhook-id"] for call in receiver.calls)
    assert second == third != first
    assert cut_short in reader.people()


@pytest.mark.parametrize("is_answered", [False, True], ids=["before its answer", "after it"])
def test_what_is_taken_back_while_nobody_calls_is_told_afterwards(
    calling: Bus, receiver: Receiver, reader: Reader, *, is_answered: bool
) -> None:
    """To a reader, too, that has had the message of the call that was cut short."""
    told, cut_short = killed_at_a_call(calling, receiver, reader, is_answered=is_answered)
    reader.heeded |= {call.headers["webhook-id"] for call in receiver.calls}
    calling.done("consent", "withdraw", told, calling.name(SUPPORT))

    with served(calling) as (_, port):
        wait_until(lambda: len(receiver.calls) > 2 and is_all_taken(calling), "the call")
        time.sleep(2.5)  # nobody calls for nothing
        calls = len(receiver.calls)
        reader.heed(receiver, port)

    assert calls == 3
    assert told not in reader.people()
    assert reader.held[told] is None
    assert cut_short in reader.people()
    assert calling.json("audit")["differences"] == []
