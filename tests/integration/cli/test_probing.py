"""The probe: it finds nothing on a sound bus, and it can fail."""

import json
import signal
import urllib.request
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from deploy.one_machine.embedded.ports import free_ports
from deploy.operations import probe as probing
from deploy.operations.probe import open_probe
from producers.publisher import connect, let_go
from schemas.identifiers import AgreementId, EventId, PassportNumber, ProviderId
from schemas.trays import out_key, out_tray
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, wait_until


def test_a_round_finds_no_leak_and_leaves_nobody_behind(running: Bus) -> None:
    """Both times are told; no other tray holds anything of it, and the audit holds."""
    name, statistics = running.name("probe"), running.name("hub.statistics")
    before = running.lines("tray", "show", statistics)

    found = running.json("probe", "--name", name)

    assert (found["leaks"], found["retracted"]) == (0, 1)
    assert found["recorded_at"] <= found["enforced_at"]
    assert running.lines("tray", "show", statistics) == before
    assert left_of(running, name) == 0
    running.done("audit")


def test_a_record_that_somebody_put_into_the_tray_is_a_leak(running: Bus) -> None:
    """Whoever wrote it: it can be read after the withdrawal."""
    name = running.name("probe")
    running.done("probe", "--name", name)
    put(running, AgreementId(f"{name}.self"), b"anything")

    result = running.nwd("probe", "--name", name, "--json")
    put(running, AgreementId(f"{name}.self"), None)
    again = running.nwd("probe", "--name", name, "--json")

    assert result.exit_code == 3, result.stderr
    assert json.loads(result.stdout)["leaks"] == 1
    assert again.exit_code == 0, again.stderr


def test_without_a_filter_it_is_late_and_keeps_whom_it_made_for_the_next_one(
    bus: Bus, database_server: str, template_database: str, tmp_path: Path
) -> None:
    """It says what to look at, and ends with 5."""
    with bus.beside(database_server, template_database, tmp_path) as idle:
        name = idle.name("late")
        result = idle.nwd("probe", "--name", name, "--timeout", "0.3")
        left = left_of(idle, name)

    assert result.exit_code == 5, result.stderr
    assert "a consent change was not carried out" in result.stderr
    assert "`nwd run filter`" in result.stderr
    assert left == 1


def test_it_goes_on_and_counts_until_it_is_told_to_stop(running: Bus) -> None:
    """Each round a line and a count for Prometheus; then the participant is erased."""
    name = running.name("probe")
    (port,) = free_ports(1)
    process = running.process(
        *("probe", "--every", "0", "--name", name, "--metrics-port", str(port), "--json")
    )
    try:
        assert process.stdout
        rounds = [json.loads(process.stdout.readline()) for _ in range(3)]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            shown = answer.read().decode()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=WAIT_SECONDS)
    finally:
        process.kill()
        process.communicate()

    (done,) = [one for one in shown.splitlines() if 'nwd_probe_rounds_total{kind="done"}' in one]
    assert float(done.split()[-1]) >= 2
    assert "nwd_probe_leaks_total 0.0" in shown
    assert [one["leaks"] for one in rounds] == [0, 0, 0]
    assert process.returncode == 0
    assert left_of(running, name) == 0
    running.done("audit")


def test_the_next_probe_erases_whom_a_killed_one_left(running: Bus) -> None:
    """Nobody made up stays for ever."""
    name = running.name("probe")
    process = running.process("probe", "--every", "1", "--name", name, "--json")
    assert process.stdout
    process.stdout.readline()
    process.kill()
    process.communicate()
    assert left_of(running, name) == 1

    def goes_on() -> bool:  # once PostgreSQL has seen that the killed one is gone
        return running.nwd("probe", "--name", name).exit_code == 0

    wait_until(goes_on, "the lock of the killed probe")

    assert left_of(running, name) == 0
    running.done("audit")


def test_after_many_rounds_another_participant_takes_over(
    running: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one before is erased: a history of rounds stays short."""
    name = running.name("probe")
    monkeypatch.setattr(probing, "ROUNDS_OF_ONE", 2)
    before = registered(running)
    made, leaks = [], 0
    with running.hub() as hub, open_probe(hub, ProviderId(name), WAIT_SECONDS) as probe:
        for _ in range(3):
            leaks += probe.round().leaks
            made.append((registered(running) - before, left_of(running, name)))
        probe.erase()

    assert made == [(1, 1), (1, 1), (2, 1)]
    assert leaks == 0
    assert left_of(running, name) == 0
    running.done("audit")


def registered(bus: Bus) -> int:
    """Return how many people were registered, as the ledger tells."""
    shown = bus.lines("ledger", "show", "--last", "100000")
    return sum(one["kind"] == "registered" for one in shown)


def left_of(bus: Bus, name: str) -> int:
    """Return how many participants of a probe are not erased."""
    engine = create_engine(bus.settings["NWD_DATABASE_URL"])
    with engine.connect() as connection:
        count = connection.scalar(
            text(
                "SELECT count(*) FROM ledger.participant"
                " WHERE registered_by = :name AND state <> 'erased'"
            ),
            {"name": name},
        )
    engine.dispose()
    return int(count or 0)


def put(bus: Bus, agreement_id: AgreementId, value: bytes | None) -> None:
    """Write to an out-tray past the filter."""
    producer = connect(bus.kafka)
    key = out_key(
        PassportNumber("NWD-SAMP-1E00-9"), EventId("00000000-0000-4000-8000-000000000000")
    )
    producer.send(out_tray(agreement_id), value=value, key=key).get(WAIT_SECONDS)
    let_go(producer)


def test_a_probe_stands_in_no_list_for_people(running: Bus) -> None:
    """Neither where an agreement is not known nor where its tray is not; asked for, it is shown."""
    name = running.name("unlisted")
    running.done("probe", "--name", name)

    of_consent = running.nwd("consent", "grant", running.participant(), "nobody.nothing", "--all")
    of_trays = running.nwd("tray", "show", "nobody.nothing")

    for found in (of_consent, of_trays):
        assert found.exit_code == 1
        assert "Error: There is no agreement nobody.nothing." in found.stderr
        assert running.name("borough-d.support") in found.stderr.partition("There are: ")[2]
        assert f"{name}.self" not in found.stderr
    running.done("tray", "show", f"{name}.self")
