"""The probe: it finds nothing on a sound bus, and it can fail."""

import json
from pathlib import Path

from sqlalchemy import create_engine, text

from producers.publisher import connect, let_go
from schemas.trays import out_key, out_tray
from tests.integration.cli.conftest import WAIT_SECONDS, Bus


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
    put(running, f"{name}.self", b"anything")

    result = running.nwd("probe", "--name", name, "--json")
    put(running, f"{name}.self", None)
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
    assert "a change of permission was not carried out" in result.stderr
    assert "`nwd run filter`" in result.stderr
    assert left == 1


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


def put(bus: Bus, agreement_id: str, value: bytes | None) -> None:
    """Write to an out-tray past the filter."""
    producer = connect(bus.settings["NWD_KAFKA_BOOTSTRAP"])
    key = out_key("NWD-SAMP-1E00-9", "00000000-0000-4000-8000-000000000000")
    producer.send(out_tray(agreement_id), value=value, key=key).get(WAIT_SECONDS)
    let_go(producer)
