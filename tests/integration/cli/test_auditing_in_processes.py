"""`nwd audit --processes 2` on a real Kafka: what one process says, or the error of one that fails.

No process is left behind, however the audit ends.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil
import pytest

from consent_ledger.audit.stored_facts import PostgresFacts
from deploy.operations import audit, audit_processes, audit_share
from deploy.operations.audit import audit_hub
from producers.publisher import connect, let_go
from schemas.errors import BusError
from schemas.identifiers import AgreementId
from schemas.trays import out_tray
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, wait_until

OUTCOMES: Final = "college-c.outcomes"
PARTITIONS: Final = 4
KILLED_BY_ITSELF: Final = """
import os, signal, psutil
from deploy.hub import open_hub
from deploy.operations.audit import audit_hub

def die(*_):
    print(*(one.pid for one in psutil.Process().children()), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

with open_hub() as hub:
    audit_hub(hub, processes=2, on_progress=die)
"""


@pytest.fixture(scope="module")
def forged(running: Bus) -> Bus:
    """Give a bus at rest with two people in every tray, and a record of nobody a partition."""
    running.somebody()
    running.somebody()
    wait_until(lambda: not running.json("audit")["differences"], "the trays")
    producer = connect(running.kafka)
    for partition in range(PARTITIONS):
        topic = out_tray(AgreementId(running.name(OUTCOMES)))
        key = b"NWD-NOBODY-%d" % (PARTITIONS - partition)
        producer.send(topic, value=b"x", key=key, partition=partition).get(WAIT_SECONDS)
    let_go(producer)
    return running


def _children() -> list[psutil.Process]:
    """Return the processes of an audit, among all that this one has started."""
    named = audit_share.__name__
    found = []
    for one in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):  # it ends at this moment
            if any(named in of for of in one.cmdline()):
                found.append(one)
    return found


def test_what_processes_say_is_what_one_says(forged: Bus) -> None:
    """Each difference once, in the same order, with the same numbers and the same exit code."""
    by_one = forged.nwd("audit", "--json", "--processes", "1")
    by_all = forged.nwd("audit", "--json", "--processes", "9")

    said = json.loads(by_one.stdout)
    assert [one["kind"] for one in said["differences"]] == ["surplus"] * PARTITIONS
    assert said["events"] == 6
    assert by_all.stdout == by_one.stdout
    assert by_all.exit_code == by_one.exit_code == 3


def test_progress_is_told_of_all_processes_together(forged: Bus) -> None:
    """To the end, which is everybody."""
    told: dict[str, tuple[int, int | None]] = {}

    def take(what: str, done: int, total: int | None) -> None:
        told[what] = done, total

    with forged.hub() as hub:
        audit_hub(hub, processes=2, on_progress=take)

    assert told["Reading the journal, by person"] == (2, 2)
    assert f"Reading {out_tray(AgreementId(forged.name(OUTCOMES)))}" in told


def test_a_short_journal_is_read_by_this_process(
    forged: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a long one by as many as there are cores, when nobody says how many."""
    asked: list[int] = []
    real = audit_processes.audit_in_processes

    def seen(*given: object, processes: int, **named: object) -> object:
        asked.append(processes)
        return real(*given, processes=processes, **named)  # type: ignore[arg-type]  # as they were given

    monkeypatch.setattr(audit, "audit_in_processes", seen)
    monkeypatch.setattr(audit, "cores", lambda: 2)
    with forged.hub() as hub:
        short = audit_hub(hub)
        assert asked == []
        monkeypatch.setattr(audit, "_WORTH_PROCESSES", 6)
        long = audit_hub(hub)

    assert asked == [2]
    assert long == short


def test_all_processes_read_one_snapshot(forged: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody registered after the audit began is nobody to it, as to one process."""
    added: list[str] = []
    real = audit_processes.audit_in_processes

    def later(*given: object, **named: object) -> object:
        added.append(forged.participant())
        return real(*given, **named)  # type: ignore[arg-type]  # as they were given

    told: list[int | None] = []
    monkeypatch.setattr(audit, "audit_in_processes", later)
    with forged.hub() as hub:
        with hub.engine.connect() as connection:
            before = len(list(PostgresFacts(connection).people()))
        audit_hub(hub, processes=2, on_progress=lambda *of: told.append(of[2]))
        with hub.engine.connect() as connection:
            after = len(list(PostgresFacts(connection).people()))

    assert len(added) == 1
    assert (max(one for one in told if one is not None), after) == (before, before + 1)


def test_a_process_that_is_killed_fails_the_audit(forged: Bus) -> None:
    """With its status and what to do; the others end with it."""

    def kill_one(*_: object) -> None:
        for one in _children()[-1:]:
            one.kill()

    with forged.hub() as hub, pytest.raises(BusError, match="ended before it was done, with -9"):
        audit_hub(hub, processes=2, on_progress=kill_one)

    assert _children() == []


def test_a_process_that_does_not_begin_fails_the_audit(
    forged: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that ends before it listens."""
    monkeypatch.setattr(audit_processes, "_PROGRAM", "raise SystemExit(7)")
    with forged.hub() as hub, pytest.raises(BusError, match="with 7") as failed:
        audit_hub(hub, processes=2)

    assert "--processes 1" in failed.value.hint
    assert _children() == []


def test_the_error_of_a_process_is_the_error_of_the_audit(
    forged: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its own words: here the disk on which it sets aside is full."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n"
        "real = os.fdopen\n"
        "os.fdopen = lambda fd, *a: real(os.open('/dev/full', os.O_RDWR), *a)\n"
    )
    with forged.hub() as hub, pytest.raises(BusError, match="takes no more: No space left"):
        audit_hub(hub, processes=2)

    assert _children() == []


def test_ctrl_c_ends_every_process(forged: Bus) -> None:
    """Which do not hear of it themselves, and say nothing."""
    seen: list[psutil.Process] = []

    def interrupt(*_: object) -> None:
        seen.extend(_children())
        raise KeyboardInterrupt

    with forged.hub() as hub, pytest.raises(KeyboardInterrupt):
        audit_hub(hub, processes=2, on_progress=interrupt)

    assert len(seen) == 2
    assert {os.getsid(0)}.isdisjoint(one.pid for one in seen)
    assert not any(one.is_running() for one in seen)


def test_an_audit_that_is_killed_leaves_no_process(forged: Bus) -> None:
    """They notice that nobody listens any more."""
    done = subprocess.run(  # noqa: S603 - this Python, on our own program
        [sys.executable, "-c", KILLED_BY_ITSELF],
        env=os.environ | forged.settings,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    left = [int(pid) for pid in done.stdout.split()]

    assert done.returncode == -signal.SIGKILL
    assert len(left) == 2
    wait_until(lambda: not any(map(psutil.pid_exists, left)), "the processes to end")
