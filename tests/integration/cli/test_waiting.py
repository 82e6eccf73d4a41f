"""Whoever waits until a change is carried out keeps nobody else from anything."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from deploy.home.api_token import read_api_token
from deploy.web import enforcement_watch
from deploy.web.app import create_hub_app
from tests.integration.cli.conftest import WAIT_SECONDS, Bus
from tests.integration.cli.test_running import started
from tests.support.up_process import wait_until

CONNECTIONS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@pytest.fixture
def idle(bus: Bus, database_server: str, template_database: str, tmp_path: Path) -> Iterator[Bus]:
    """Give a bus without a filter: nothing is ever carried out."""
    with bus.beside(database_server, template_database, tmp_path) as idle:
        yield idle


def checkpoint_size(port: int) -> int:
    """Return how many entries the ledger's page says there are."""
    connection = HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)
    connection.request("GET", "/ledger/checkpoint")
    answer = connection.getresponse()
    assert answer.status == 200
    size = int(answer.read().splitlines()[1])
    connection.close()
    return size


def threads_of(process_id: int) -> int:
    """Return how many threads a process has."""
    status = Path(f"/proc/{process_id}/status").read_text("ascii")
    (line,) = [line for line in status.splitlines() if line.startswith("Threads:")]
    return int(line.split()[1])


def is_listening(port: int) -> bool:
    """Tell whether somebody answers there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def served(bus: Bus) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Give a web server of a bus, as a process, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    with started(bus, "web", "--port", str(port)) as process:
        wait_until(lambda: is_listening(port), WAIT_SECONDS, "the web server")
        yield process, port


class Waiters:
    """Requests that enter a change each, and wait until it is carried out."""

    def __init__(self, bus: Bus, port: int, count: int, seconds: float) -> None:
        self.statuses: list[int] = []
        self._port = port
        self._body = json.dumps(
            {
                "number": bus.participant(),
                "agreement": bus.name("borough-d.support"),
                "wait_seconds": seconds,
            }
        )
        self._token = read_api_token(Path(bus.settings["NWD_HOME"]))
        before = checkpoint_size(port)
        self._threads = [threading.Thread(target=self._wait) for _ in range(count)]
        for thread in self._threads:
            thread.start()
        wait_until(
            lambda: checkpoint_size(port) == before + count, WAIT_SECONDS, "all to be entered"
        )

    def join(self) -> None:
        """Wait until all are answered."""
        for thread in self._threads:
            thread.join(WAIT_SECONDS * 2)

    def _wait(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=WAIT_SECONDS * 2)
        headers = {
            "authorization": f"Bearer {self._token}",
            "content-type": "application/json",
        }
        connection.request("POST", "/consent/inform", self._body, headers)
        self.statuses.append(connection.getresponse().status)
        connection.close()


def test_sixty_who_wait_hold_no_page_back(idle: Bus) -> None:
    """Every page is answered before any of them, from few connections and few threads."""
    with served(idle) as (process, port):
        waiters = Waiters(idle, port, count=60, seconds=20)
        for _ in range(40):
            checkpoint_size(port)
        answered_meanwhile = len(waiters.statuses)
        with idle.hub() as hub, hub.engine.connect() as connection:
            connections = connection.scalar(text(CONNECTIONS))
        threads = threads_of(process.pid)
        waiters.join()

    assert answered_meanwhile == 0
    assert waiters.statuses == [202] * 60
    assert connections is not None
    assert connections <= 12
    assert threads < 60


def test_who_waits_is_answered_when_the_server_ends(idle: Bus) -> None:
    """The change is recorded: that is what is told, and nobody keeps the server."""
    with served(idle) as (process, port):
        waiters = Waiters(idle, port, count=3, seconds=60)
        process.terminate()
        process.communicate(timeout=WAIT_SECONDS)
        waiters.join()

    assert waiters.statuses == [202] * 3
    assert process.returncode == 0


def test_who_waits_hears_the_filter_s_bell(running: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only the clock that makes sure."""
    monkeypatch.setattr(enforcement_watch, "LOOK_SECONDS", 600.0)
    number, agreement = running.participant(), running.name("borough-d.support")
    token = read_api_token(Path(running.settings["NWD_HOME"]))
    with (
        running.hub() as hub,
        TestClient(create_hub_app(hub), base_url="http://localhost") as api,
    ):
        answers = [
            api.post(
                f"/consent/{path}",
                json={"number": number, "agreement": agreement, "wait_seconds": 30, **more},
                headers={"authorization": f"Bearer {token}"},
            )
            for path, more in (("grant", {"categories": "all"}), ("withdraw", {}), ("inform", {}))
        ]

    assert [answer.status_code for answer in answers] == [200] * 3
