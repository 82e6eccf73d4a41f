"""`nwd ledger rotate-key`, also when it is cut short at each of its steps."""

import json
from pathlib import Path

import pytest

from consent_ledger.transparency.key_change import KeyChange
from deploy.home import signing_key_file
from deploy.operations import signing_key as rotating_signing_key
from tests.integration.cli.conftest import Bus
from tests.integration.cli.cutting import Cut, CutError, cut


def seeds(bus: Bus) -> bytes:
    """Read the file of the signing key."""
    return (Path(bus.settings["NWD_HOME"]) / "secrets" / "signing-key").read_bytes()


def key(bus: Bus) -> str:
    """Return the ledger's public key."""
    return bus.done("ledger", "key").stdout.strip()


def changes(bus: Bus) -> int:
    """Count the entries that change the key."""
    shown = bus.lines("ledger", "show", "--last", "1000")
    return sum(one["kind"] == "key" for one in shown)


def check_goes_on(bus: Bus) -> None:
    """Add an entry, and verify the ledger."""
    bus.participant()
    assert bus.json("ledger", "verify")["is_sound"]


def test_the_new_key_signs_and_the_old_one_is_destroyed(bus: Bus) -> None:
    """The change is an entry that names both; the file holds the new key alone."""
    old, old_seed = key(bus), seeds(bus)

    said = bus.json("ledger", "rotate-key")

    assert (said["old_key"], said["new_key"]) == (old, key(bus))
    assert len(seeds(bus)) == 32
    assert seeds(bus) != old_seed
    shown = bus.lines("ledger", "show", str(said["entry"]))[0]
    change = KeyChange.of(said["entry"], json.dumps(shown, separators=(",", ":")).encode())
    assert change is not None
    assert (change.old.vkey, change.new.vkey) == (old, said["new_key"])
    check_goes_on(bus)


CUTS = {
    "before the new key is written": cut(signing_key_file, "replace_file"),
    "when both keys are written": cut(signing_key_file, "replace_file", after=True),
    "before the entry is committed": cut(rotating_signing_key, "append", after=True),
    "when the entry is committed": cut(signing_key_file, "replace_file", place=2),
    "when the old key is destroyed": cut(signing_key_file, "replace_file", place=2, after=True),
}


@pytest.mark.parametrize("step", CUTS.values(), ids=CUTS)
def test_a_change_that_is_cut_short_leaves_a_ledger_that_goes_on(
    bus: Bus, step: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no further step by anybody; and doing it again finishes it, by one entry in all."""
    before = changes(bus)
    with monkeypatch.context() as patch:
        step(patch)
        with pytest.raises(CutError):
            bus.nwd("ledger", "rotate-key")
    check_goes_on(bus)
    was_done = len(seeds(bus)) == 32 and changes(bus) > before

    if not was_done:
        bus.done("ledger", "rotate-key")

    assert len(seeds(bus)) == 32
    assert changes(bus) <= before + 2
    check_goes_on(bus)


def test_a_program_that_runs_goes_on_with_the_new_key(
    running: Bus,
) -> None:
    """The filter and the disclosure log were started with the old one."""
    number = running.participant()
    running.done("ledger", "rotate-key")
    running.done("consent", "grant", number, running.name("borough-d.support"), "--all")
    running.done("publish", "-", given=running.line("referral", number))
    running.wait_for_events(number, 1)

    check_goes_on(running)
