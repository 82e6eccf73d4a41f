"""The whole OpenAPI, walked by schemathesis with what fits it and with what does not.

Every check of it is on, and nothing is suppressed.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from consumers.inbox.cursor import TrayCursor
from consumers.tray_reader import TrayReader
from deploy.home.api_token import read_api_token
from deploy.web.app import create_hub_app
from schemas.identifiers import AgreementId
from schemas.trays import out_tray
from tests.guards.source_files import ROOT
from tests.integration.cli.conftest import Bus
from tests.support.web import serving

SECONDS = 16
"""For each of the three who ask."""


@pytest.fixture
def port(running: Bus) -> Iterator[int]:
    """Give the port of a real server of the bus that runs."""
    with running.hub() as hub, serving(create_hub_app(hub)) as port:
        yield port


def authorization(bus: Bus, who: str) -> list[str]:
    """Return the option with which somebody asks."""
    if who == "nobody":
        return []
    secret = read_api_token(Path(bus.settings["NWD_HOME"]))
    if who == "organisation":
        borough = bus.name("borough-d")
        scopes = (f"consent:{borough}.support", f"read:{borough}.support", f"publish:{borough}")
        options = [part for scope in scopes for part in ("--scope", scope)]
        secret = bus.json("api-key", "add", borough, *options)["secret"]
    return ["--header", f"Authorization: Bearer {secret}"]


def cursor(bus: Bus) -> str:
    """Return a cursor of the organisation's tray, at its start."""
    with TrayReader(bus.kafka, out_tray(AgreementId(bus.name("borough-d.support")))) as reader:
        starts = tuple(reader.starts().values())
        return TrayCursor(reader.topic_id, int(time.time()), starts).text()


def ledger_size(port: int) -> int:
    """Return the number of entries, as the checkpoint says."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/ledger/checkpoint")
        return int(connection.getresponse().read().splitlines()[1])


@pytest.mark.parametrize("who", ["nobody", "operator", "organisation"])
def test_schemathesis_finds_nothing(
    running: Bus, port: int, tmp_path: Path, caplog: pytest.LogCaptureFixture, who: str
) -> None:
    """No fault, no answer that is not declared, nothing refused that fits or taken that does not.

    Who has a credential gets as far as the ledger, and nobody else does.
    """
    before = ledger_size(port)
    agreements = [running.name("borough-d.support"), running.name("college-c.outcomes")]
    done = subprocess.run(  # noqa: S603 - this Python
        [
            *(sys.executable, "-m", "schemathesis.cli", "run"),
            f"http://127.0.0.1:{port}/openapi.json",
            *("--checks", "all", "--continue-on-failure", "--max-time", str(SECONDS)),
            *authorization(running, who),
        ],
        cwd=tmp_path,
        env=os.environ
        | {
            "PYTHONPATH": str(ROOT),
            "SCHEMATHESIS_HOOKS": "tests.support.openapi_formats",
            "OPENAPI_NUMBERS": f"{running.participant()} {running.participant()}",
            "OPENAPI_AGREEMENTS": " ".join(agreements),
            "OPENAPI_CURSOR": cursor(running),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS * 5,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    selected = re.search(r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", done.stdout)
    assert selected
    assert len(set(selected.groups())) == 1
    assert "A request failed" not in caplog.text
    if who != "nobody":
        assert ledger_size(port) > before + 2
