"""`nwd export`: a participant's copy, for nobody else to read."""

import json
import stat
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Bus, wait_until


@pytest.fixture(scope="module")
def number(running: Bus) -> str:
    """Give somebody with two events who granted the passport."""
    found = running.participant()
    running.done(
        "publish", given="\n".join(running.line(k, found) for k in ("referral", "outcome"))
    )
    running.wait_for_events(found, 2)
    running.done("consent", "grant", found, running.name("passport.coordination"))
    wait_until(lambda: len(running.json("passport", "show", found)["story"]) == 2, "the passport")
    return found


def test_the_copy_holds_registration_permissions_events_disclosures_and_passport(
    running: Bus, number: str
) -> None:
    """All that the parts of the bus hold, in one JSON object."""
    copy = running.json("export", number)

    assert copy["registration"]["participant_id"] == number
    assert [one["kind"] for one in copy["ledger_entries"]] == ["registered", "given"]
    events = {one["event"]: one["fields"] for one in copy["events"]}
    assert sorted(events) == ["outcome", "referral"]
    assert events["referral"]["identity"]["given_names"] == "Ada"
    assert {one["agreement_id"] for one in copy["disclosures"]} == {
        running.name("hub.statistics"),
        running.name("passport.coordination"),
    }
    assert len(copy["passport"]["story"]) == 2


def test_a_copy_in_a_file_is_for_its_owner_alone(running: Bus, number: str, tmp_path: Path) -> None:
    """Nothing of it on the terminal, and a file that is there already is never written over."""
    file = tmp_path / "copy.html"

    written = running.done("export", number, "-o", str(file))
    again = running.nwd("export", number, "-o", str(file), "--json")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "<td>given_names</td><td>Ada</td>" in file.read_text("utf-8")
    assert written.stdout == ""
    assert "Ada" not in written.stderr
    assert again.exit_code == 1
    assert again.stderr.endswith("File exists.\n")


def test_a_copy_of_nobody_is_refused(running: Bus) -> None:
    """By number alone."""
    refused = running.nwd("export", "NWD-SAMP-1E00-9", "--json")

    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith("Error: That passport number was never issued.")


def test_the_json_in_a_file_is_that_of_standard_output(
    running: Bus, number: str, tmp_path: Path
) -> None:
    """Up to the moment at which it was made."""
    file = tmp_path / "copy.json"
    running.done("export", number, "--json", "--output", str(file))

    in_file, shown = json.loads(file.read_text("utf-8")), running.json("export", number)

    assert in_file | {"made_at": None} == shown | {"made_at": None}
