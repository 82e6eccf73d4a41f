"""`nwd ledger prove`, `key` and `check`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.cli.application import app
from tests.integration.cli.conftest import Bus


@pytest.fixture
def entry(bus: Bus) -> int:
    """Give the number of an entry that somebody is registered by."""
    bus.participant()
    return int(bus.lines("ledger", "show", "--last", "1")[0]["entry"])


def check(folder: Path, *arguments: str) -> Result:
    """Run `nwd ledger check` where there is no bus and no setting."""
    away = {"NWD_HOME": str(folder / "nothing")} | dict.fromkeys(
        ("NWD_KAFKA_BOOTSTRAP", "NWD_DATABASE_URL")
    )
    return CliRunner().invoke(app, ["ledger", "check", *arguments], env=away)


def test_a_proof_is_checked_with_nothing_but_the_public_key(
    bus: Bus, entry: int, tmp_path: Path
) -> None:
    """In a folder of somebody else's; the entry stands in the file, or in one of its own."""
    proof, leaf = tmp_path / "kept.tlog-proof", tmp_path / "leaf.json"
    bus.done("ledger", "prove", str(entry), "-o", str(proof))
    key = bus.done("ledger", "key").stdout.strip()
    said = json.loads(check(tmp_path, str(proof), "--key", key, "--json").stdout)
    leaf.write_text(said["leaf"], "utf-8")

    again = check(tmp_path, str(proof), "--key", key, "--leaf", str(leaf))

    shown = bus.lines("ledger", "show", str(entry))[0]
    assert said["is_proven"]
    assert {"entry": entry, **json.loads(said["leaf"])} == shown
    assert again.exit_code == 0
    assert again.stdout.startswith(f"Entry {entry:,} of no-wrong-door.example/ledger is proven.")
    assert proof.read_text("utf-8") == bus.done("ledger", "prove", str(entry)).stdout


def test_a_proof_that_was_changed_or_is_of_another_key_is_refused(
    bus: Bus, entry: int, tmp_path: Path
) -> None:
    """With what is wrong, and exit code 1."""
    proof, leaf = tmp_path / "kept.tlog-proof", tmp_path / "leaf.json"
    bus.done("ledger", "prove", str(entry), "-o", str(proof))
    key = bus.done("ledger", "key").stdout.strip()
    leaf.write_text('{"kind":"given"}')

    other_leaf = check(tmp_path, str(proof), "--key", key, "--leaf", str(leaf))
    no_key = check(tmp_path, str(proof), "--key", "no-wrong-door.example/ledger")
    proof.write_text(proof.read_text("utf-8").replace(f"index {entry}", "index 0"), "utf-8")
    moved = check(tmp_path, str(proof), "--key", key)

    assert [one.exit_code for one in (other_leaf, no_key, moved)] == [1, 1, 1]
    assert "does not lead from leaf" in other_leaf.stderr
    assert "Error: " in no_key.stderr


def test_an_entry_that_is_not_there_is_not_proven(bus: Bus) -> None:
    """The number of the last one is told."""
    refused = bus.nwd("ledger", "prove", "999999")

    assert refused.exit_code == 1
    assert "There is no entry 999999." in refused.stderr
