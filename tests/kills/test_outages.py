"""Kafka and PostgreSQL frozen and away for twenty seconds, and a filter frozen for longer."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select

from consent_ledger.tables.delivery import shard
from deploy.cli.exit_codes import ExitCode
from deploy.one_machine.embedded.kafka import EmbeddedKafka
from deploy.one_machine.embedded.postgres import EmbeddedPostgres
from deploy.one_machine.embedded.server import EmbeddedServer
from schemas.identifiers import PassportNumber
from tests.kills.bus_under_load import BusUnderLoad
from tests.kills.outages import OUTAGES, lasting, recovery
from tests.plugins.server_folder import run_folder
from tests.support.given_servers import given_servers
from tests.support.up_process import UpProcess, hub_at, register_people, wait_until

SEED = 20
ANSWER_SECONDS = 240.0  # far above what is seen: 5 s, on a busy machine 30 s
PATIENCE = "2"  # seconds that somebody waits at the command line for a change to be enforced

pytestmark = pytest.mark.timeout(900)


@dataclass
class Stage:
    """A bus under load on servers of the test's own, and a filter that was frozen at the start."""

    bus: BusUnderLoad
    servers: dict[str, EmbeddedServer]
    zombie: subprocess.Popen[str]
    people: list[PassportNumber]

    def withdraw(self) -> subprocess.CompletedProcess[str]:
        """Withdraw somebody's consent at the command line, without much patience."""
        return _nwd(
            self.bus.home,
            *("consent", "withdraw", self.people.pop(), "borough-d.support", "--timeout", PATIENCE),
        )


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Give the bus, its parts run by `nwd up` on servers that it does not look after."""
    with run_folder() as folder, ExitStack() as stack:
        home = folder / "home"
        kafka = stack.enter_context(EmbeddedKafka(folder / "kafka"))
        postgres = stack.enter_context(EmbeddedPostgres(folder / "postgres"))
        up = UpProcess(
            home,
            settings=given_servers(kafka.connection, postgres),
        )
        stack.callback(up.end, signal.SIGINT)
        up.wait_until_up()
        with hub_at(home) as hub:
            people = register_people(hub, 4)
        bus = stack.enter_context(BusUnderLoad(home, SEED).running())
        bus.wait_for_a_change()
        zombie = _frozen_filter(home)
        stack.enter_context(zombie)
        stack.callback(zombie.kill)
        yield Stage(bus, {"kafka": kafka, "postgres": postgres}, zombie, people)


@pytest.mark.parametrize("name", ["kafka", "postgres"])
@pytest.mark.parametrize("outage", list(OUTAGES))
def test_a_server_may_freeze_or_be_away(
    stage: Stage, name: str, outage: str, measured: Callable[[str], None]
) -> None:
    """A withdrawal says that it is not carried out yet; later all is done, and nothing is wrong."""
    begun = time.monotonic()
    with OUTAGES[outage](stage.servers[name]):
        said = stage.withdraw()
        lasting(begun)
    seconds = recovery(stage.bus.wait_for_a_change)
    measured(f"{name} {outage}: a change was enforced {seconds:.1f} s after it was over")
    stage.bus.come_to_rest()

    if name == "kafka":  # it was recorded, and could not be enforced
        assert said.returncode == ExitCode.NOT_ENFORCED, said.stderr
        assert "The filter has not carried it out" in said.stderr
    else:
        assert said.returncode == ExitCode.FAILED, said.stderr
        assert "Error: PostgreSQL" in said.stderr
        assert "did not answer" in said.stderr
    assert stage.bus.findings.faults == []


def test_a_filter_frozen_all_that_time_is_fenced_when_it_goes_on(stage: Stage) -> None:
    """It was longer than a transaction's timeout; its successor has the shard, and keeps it."""
    stage.zombie.send_signal(signal.SIGCONT)
    # not `communicate`: that closes its input, at which a tied process ends by itself
    stage.zombie.wait(ANSWER_SECONDS)
    said = stage.zombie.stdout.read() if stage.zombie.stdout else ""
    stage.bus.wait_for_a_change()
    stage.bus.come_to_rest()

    assert stage.zombie.returncode == ExitCode.FAILED, said
    assert "Error: " in said
    assert "Traceback" not in said
    assert stage.bus.findings.faults == []


def _frozen_filter(home: Path) -> subprocess.Popen[str]:
    """Start a filter, and freeze it as soon as it holds the shard; the one of `nwd up` follows."""
    while True:
        before = _epoch(home)
        found = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "deploy.cli.parent_watch",
                "run",
                "filter",
                "--metrics-port",
                "0",
            ],
            env=os.environ | {"NWD_HOME": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        wait_until(
            lambda: _epoch(home) > before or found.poll() is not None,  # noqa: B023 - used at once
            ANSWER_SECONDS,
            "a filter to take over",
        )
        if found.poll() is None:
            psutil.Process(found.pid).suspend()
            return found
        found.communicate()  # none starts while an erasure is being recorded: once more


def _epoch(home: Path) -> int:
    with hub_at(home) as hub, hub.engine.connect() as connection:
        return int(connection.scalar(select(shard.c.epoch)) or 0)


def _nwd(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this Python, on our own program
        [sys.executable, "-c", "from deploy.cli import main; main()", *arguments],
        env=os.environ | {"NWD_HOME": str(home)},
        capture_output=True,
        check=False,
        text=True,
        timeout=ANSWER_SECONDS,
    )
