import json
import shutil
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from consent_ledger.audit.differences import AuditReport
from consent_ledger.tables.delivery import unentered_turn
from consent_ledger.tables.transparency_log import entry
from deploy.operations.repair import repair_hub
from deploy.operations.resurrection import ResurrectedError, refuse_resurrected
from tests.integration.cli.conftest import EVERYWHERE, WAIT_SECONDS, Bus


def test_an_erasure_ends_with_a_certificate_that_names_nobody(running: Bus) -> None:
    """Everything was looked at, nothing was found, and it says what is kept and by when."""
    number = running.somebody()
    printed = running.done("erasure", "start", number, "--yes", "--json").stdout
    certificate = json.loads(printed)

    assert certificate["survivors"] == 0
    assert certificate["retracted"] == 10  # 3 + 1 + 3 and 3 of the hub's: research still waits
    scanned = certificate["scanned"]
    assert {f"out.{running.name(one)}" for one in EVERYWHERE} < set(scanned["trays"])
    assert {
        "ledger.journal",
        "ledger.entry",
        "passport.event",
        "analytics.fact",
        "snapshots.item",
    } <= set(scanned["tables"])
    assert certificate["compaction"]["awaiting"] >= 20
    made_at = datetime.fromisoformat(certificate["made_at"])
    values = datetime.fromisoformat(certificate["compaction"]["values_gone_by"]) - made_at
    keys = datetime.fromisoformat(certificate["compaction"]["keys_gone_by"]) - made_at
    assert timedelta(hours=8) < values < timedelta(hours=9)
    assert timedelta(days=30) < keys < timedelta(days=31)
    for personal in (number, "Ada", "Nwosu", "1991"):
        assert personal not in printed
    places = {one["place"]: one for one in certificate["places"]}
    assert len(places) == 12
    by_hand = {"backups of the secrets", "recipients' copies"}
    assert {name for name, one in places.items() if one["found"] != 0 and not one["gone_by"]} == (
        by_hand
    )
    sealed = datetime.fromisoformat(certificate["sealed"]["gone_by"]) - made_at
    assert timedelta(hours=1) < sealed <= timedelta(hours=25)
    assert places["base backups of the database"]["gone_by"] == certificate["sealed"]["gone_by"]
    assert running.json("audit")["differences"] == []


def test_a_certificate_says_when_older_copies_of_the_database_open_nothing(running: Bus) -> None:
    """By the rotation that begins after it: as a date, and once it has ended, as a fact."""
    number = running.participant()
    entry_of = str(running.json("erasure", "start", number, "--yes")["ledger_entry"])
    before = running.done("erasure", "certificate", entry_of).stdout
    running.done("keys", "rotate")
    after = running.done("erasure", "certificate", entry_of).stdout
    sealed = running.json("erasure", "certificate", entry_of)["sealed"]

    assert "Older copies of the database open until the journal key of now is destroyed" in before
    assert "The journal key of that time is destroyed" in after
    assert datetime.fromisoformat(sealed["gone_at"]) < datetime.fromisoformat(sealed["gone_by"])


def test_what_was_disclosed_of_them_is_in_the_ledger_before_the_rows_go(running: Bus) -> None:
    """By count and root: that it happened can be shown after whose it was has been forgotten."""
    number = running.somebody()
    certificate = running.json("erasure", "start", number, "--yes")
    engine = create_engine(running.settings["NWD_DATABASE_URL"])
    with engine.connect() as connection:
        unentered = connection.scalar(select(func.count()).select_from(unentered_turn))
        ordered = select(entry.c.leaf).order_by(entry.c.seq)
        leaves = [json.loads(one) for one in connection.scalars(ordered)]
    engine.dispose()

    assert unentered == 0
    after = [one for one in leaves[certificate["ledger_entry"] :] if one["kind"] == "disclosed"]
    counts = [batch["count"] for one in after for batch in one["batches"].values()]
    # and what was sent before, where the filter had not entered it yet
    assert sum(counts) >= certificate["retracted"] > 0


def test_erasing_again_reads_everything_back_again(running: Bus) -> None:
    """There is nothing to do and nothing to find."""
    number = running.somebody()
    running.done("erasure", "start", number, "--yes")

    again = running.done("erasure", "start", number, "--yes").stdout
    shown = running.json("participant", "show", number)

    assert "The erasure was finished before" in again
    assert again.endswith("0 survivors\n")
    assert (shown["state"], shown["events"], shown["standings"]) == ("erased", 0, {})
    for command in (("export",), ("passport", "show"), ("consent", "show")):
        refused = running.nwd(*command, number)
        assert refused.exit_code == 1
        assert "No participant has that passport number" in refused.stderr


def test_it_asks_before_it_does_what_cannot_be_undone(running: Bus) -> None:
    """No answer is a no."""
    number = running.participant()

    asked = running.nwd("erasure", "start", number, given="n\n")

    assert asked.exit_code == 1
    assert "It cannot be undone" in asked.stderr
    assert running.json("participant", "show", number)["state"] == "active"


def test_without_a_filter_it_is_recorded_and_can_be_gone_on_with(
    bus: Bus, database_server: str, template_database: str, tmp_path: Path
) -> None:
    """Closed at once, not finished, and said so; the list knows already, and names nobody."""
    with bus.beside(database_server, template_database, tmp_path) as other:
        number = other.participant()

        cut_short = other.nwd("erasure", "start", number, "--yes", "--timeout", "0")
        again = other.nwd("erasure", "reapply", "--timeout", "0")

        assert (cut_short.exit_code, again.exit_code) == (5, 5)
        assert "recorded" in cut_short.stderr
        assert other.json("participant", "show", number)["state"] == "erasing"
        listed = tmp_path / "home" / "erased"
        assert stat.S_IMODE(listed.stat().st_mode) == 0o600
        assert number not in listed.read_text()


def test_a_restored_backup_is_erased_again_from_the_suppression_list(running: Bus) -> None:
    """The list is outside the database; whoever is on it and active again is erased again."""
    number, other = running.somebody(), running.participant()
    with running.hub() as hub:
        hub.suppressed.add(number, [])  # erased after the backup was made: it does not know

    assert running.json("erasure", "reapply") == {"erased_again": 1}
    assert running.json("erasure", "reapply") == {"erased_again": 0}
    assert running.json("participant", "show", number)["state"] == "erased"
    assert running.json("participant", "show", other)["state"] == "active"
    assert running.done("erasure", "start", number, "--yes").stdout.endswith("0 survivors\n")


def test_no_filter_starts_while_a_restored_backup_holds_somebody_erased(
    bus: Bus, database_server: str, template_database: str, tmp_path: Path
) -> None:
    """It would send them out again, and so would a repair: the list has to be carried out first."""
    with bus.beside(database_server, template_database, tmp_path) as restored:
        number = restored.participant()
        with restored.hub() as hub:
            hub.suppressed.add(number, [])

            with pytest.raises(ResurrectedError):
                repair_hub(hub, AuditReport(), with_read_models=False)
            refused = restored.process("run", "filter")
            _, said = refused.communicate(timeout=WAIT_SECONDS)
            restored.nwd("erasure", "reapply", "--timeout", "0")
            refuse_resurrected(hub)

        assert refused.returncode == 1
        assert "1 of those who were erased are in the database again" in said
        assert number not in said
        assert restored.json("participant", "show", number)["state"] == "erasing"


def test_a_restored_backup_refuses_the_references_of_people_it_never_knew(
    running: Bus, database_server: str, template_database: str, tmp_path: Path
) -> None:
    """Registered and erased after the backup was made: the list beside it knows."""
    person = json.dumps({"reference": "L-77"})
    provider = running.name("college-c")
    register = ("participant", "register", "--provider", provider, "--stdin", "--new")
    number = running.json(*register, given=person)["participant_id"]
    running.done("erasure", "start", number, "--yes")
    refused = running.nwd(*register, given=person)

    with running.beside(database_server, template_database, tmp_path) as restored:
        listed = Path(running.settings["NWD_HOME"]) / "erased"
        shutil.copy(listed, tmp_path / "home" / "erased")
        pepper = Path(running.settings["NWD_HOME"]) / "secrets" / "pepper"
        shutil.copy(pepper, tmp_path / "home" / "secrets" / "pepper")
        assert restored.json("erasure", "reapply") == {"erased_again": 0}
        again = restored.nwd(*register, given=person)
        back = restored.json(*register, "--returning", given=person)
        restored.done("erasure", "reapply")
        known = restored.json(*register, given=person)

    assert refused.exit_code == again.exit_code == 1
    assert "--returning" in refused.stderr
    assert "L-77" not in refused.stderr + listed.read_text()
    assert (back["outcome"], known["outcome"]) == ("registered", "known")
    assert known["participant_id"] == back["participant_id"]


def test_a_number_that_was_issued_has_to_be_given(running: Bus) -> None:
    """Nobody can be erased who was never registered."""
    nobody_named = running.nwd("erasure", "start")
    nobody = running.nwd("erasure", "start", "NWD-SAMP-1E00-9", "--yes")

    assert (nobody_named.exit_code, nobody.exit_code) == (2, 1)
    assert "never issued" in nobody.stderr
