import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from deploy.one_machine.embedded.ports import free_ports
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, wait_until

READY = "Running "


@contextmanager
def started(bus: Bus, *arguments: str, metrics_port: int = 0) -> Iterator[subprocess.Popen[str]]:
    """Give a program that says it runs; it is killed at the end if it still does."""
    process = bus.process("run", *arguments, "--metrics-port", str(metrics_port))
    try:
        assert process.stderr
        line = process.stderr.readline()
        assert line.startswith(READY), line + process.stderr.read()
        yield process
    finally:
        process.kill()
        _, said = process.communicate()
        sys.stderr.write(said)  # pytest shows it where the test fails


def metrics(port: int) -> str:
    """Return what Prometheus would read."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text: str = answer.read().decode()
    return text


def everything(bus: Bus) -> list[str]:
    """Return the arguments that run all parts of a bus of other names."""
    return [
        "all",
        *("--passport-agreement", bus.name("passport.coordination")),
        *("--statistics-agreement", bus.name("hub.statistics")),
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_all_parts_run_until_they_are_told_to_stop(bus: Bus, number: int) -> None:
    """An event goes all the way; then each ends what it is at, and the process with 0."""
    with started(bus, *everything(bus)) as process:
        participant = bus.participant()
        bus.done("consent", "grant", participant, bus.name("passport.coordination"), "--all")
        bus.done("publish", given=bus.line("referral", participant))
        bus.wait_for_events(participant, 1)
        process.send_signal(number)
        _, said = process.communicate(timeout=WAIT_SECONDS)

    assert process.returncode == 0
    assert said.splitlines()[-1] == (
        "Ended shard 0 of the filter and the disclosure log and the expiry of grants and the"
        " watch over erasures and the rotation of the journal key and the passport and the"
        " analytics."
    )
    assert "Traceback" not in said


def test_a_second_filter_of_a_shard_takes_over_and_the_first_ends_with_1(bus: Bus) -> None:
    """Two writers for one person there are never."""
    with started(bus, "filter") as first:
        participant = bus.participant()
        bus.done("publish", given=bus.line("referral", participant))
        bus.wait_for_events(participant, 1)  # it says that it runs before it has taken over
        with started(bus, "filter") as second:
            _, said = first.communicate(timeout=WAIT_SECONDS)
            bus.done("publish", given=bus.line("referral", participant))
            bus.wait_for_events(participant, 2)
            second.send_signal(signal.SIGTERM)
            assert second.wait(WAIT_SECONDS) == 0

    assert first.returncode == 1
    assert "Error: Shard 0 was taken over by another process." in said
    assert "Traceback" not in said


def test_a_filter_goes_on_with_a_journal_key_that_was_made_since_it_began(bus: Bus) -> None:
    """It reads the keys again when it meets what the new one sealed."""
    agreement = bus.name("borough-d.support")
    number = bus.participant()
    with started(bus, "filter"):
        bus.done("consent", "grant", number, agreement, "--all")
        bus.done("publish", given=bus.line("referral", number))
        bus.done("keys", "rotate")
        bus.done("publish", given=bus.line("enrolment", number))
        bus.wait_for_events(number, 2)
        wait_until(lambda: number in bus.done("tray", "show", agreement).stdout, "the record")

    assert bus.json("audit")["differences"] == []


def test_a_shard_that_there_is_not_ends_with_1(bus: Bus) -> None:
    """`nwd init` makes as many as NWD_SHARDS says, one where it says nothing."""
    process = bus.process("run", "filter", "--shard", "7")
    _, said = process.communicate(timeout=WAIT_SECONDS)

    assert process.returncode == 1
    assert "Error: There is no shard 7: the partitions are divided among 1.\n" in said
    assert "NWD_SHARDS" in said


@pytest.mark.parametrize("reader", ["passport", "analytics"])
def test_a_reader_without_its_tray_ends_with_1(bus: Bus, reader: str) -> None:
    """It says which."""
    process = bus.process("run", reader, "--agreement", "nobody.nothing")
    _, said = process.communicate(timeout=WAIT_SECONDS)

    assert process.returncode == 1
    assert "Error: " in said
    assert "out.nobody.nothing" in said
    assert "Traceback" not in said


def test_metrics_are_served_without_a_person_in_them(bus: Bus) -> None:
    """Counts by agreement, on the port that was asked for."""
    (port,) = free_ports(1)
    counted = rf'nwd_records_written_total{{agreement="{bus.name("hub.statistics")}"}} 1'
    with started(bus, "filter", metrics_port=port):
        participant = bus.participant()
        bus.done("publish", given=bus.line("referral", participant))
        wait_until(lambda: counted in metrics(port), "the filter to count a record")

        assert participant not in metrics(port)


def test_a_reader_measures_what_it_takes(bus: Bus) -> None:
    """Records applied, and how far it is behind."""
    (port,) = free_ports(1)
    agreement = bus.name("passport.coordination")
    with started(bus, "passport", "--agreement", agreement, metrics_port=port):
        behind = f'nwd_tray_behind_records{{tray="{agreement}"}} 0.0'
        wait_until(lambda: behind in metrics(port), "the reader to have caught up")

        applied = f'nwd_tray_records_applied_total{{kind="upserted",tray="{agreement}"}}'
        assert applied in metrics(port)


def test_a_port_in_use_is_said(bus: Bus) -> None:
    """Two programs on one machine need two ports."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = bus.process("run", "filter", "--metrics-port", str(taken.getsockname()[1]))
        _, said = process.communicate(timeout=WAIT_SECONDS)

    assert process.returncode == 1
    assert said.startswith("Error: Metrics cannot be served on 127.0.0.1:")
