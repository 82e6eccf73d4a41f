"""`nwd export`: a participant's copy, for nobody else to read."""

import base64
import json
import stat
from pathlib import Path

import pytest

from schemas.identifiers import PassportNumber, ProviderId
from tests.integration.cli.conftest import Bus, wait_until


@pytest.fixture(scope="module")
def number(running: Bus) -> PassportNumber:
    """Give somebody with two events who granted the passport."""
    found = running.participant()
    running.done(
        "publish", given="\n".join(running.line(k, found) for k in ("referral", "outcome"))
    )
    running.wait_for_events(found, 2)
    running.done("consent", "grant", found, running.name("passport.coordination"), "--all")
    wait_until(lambda: len(running.json("passport", "show", found)["story"]) == 2, "the passport")
    wait_until(lambda: len(running.json("export", found)["figures"]) == 2, "the figures")
    return found


def test_the_copy_holds_registration_permissions_events_disclosures_and_passport(
    running: Bus, number: PassportNumber
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
    assert copy["receipts"] == running.lines("consent", "receipt", number)
    assert sorted(one["event"] for one in copy["figures"]) == ["outcome", "referral"]
    assert copy["dead_letters"] == copy["other_numbers"] == []


def test_the_copy_holds_what_could_not_be_accepted_and_every_number_they_have(
    running: Bus,
) -> None:
    """Opened for the person, and nobody else's."""
    number, other, stranger = (running.participant() for _ in range(3))
    for one in (number, other):
        running.done("publish", given=running.line("referral", one))
        running.wait_for_events(one, 1)
    running.done("participant", "merge", other, "--into", number)
    for whose in (other.lower(), stranger):
        running.send(ProviderId("charity-b"), f"about {whose}".encode())
    wait_until(lambda: len(running.lines("dead-letters")) == 2, "the dead letters")

    copy = running.json("export", number)
    page = running.done("export", other).stdout

    (letter,) = copy["dead_letters"]
    assert base64.b64decode(letter["bytes"]) == f"about {other.lower()}".encode()
    assert letter["provider"] == running.name("charity-b")
    (second,) = copy["other_numbers"]
    parts = [copy, second]
    assert [one["registration"]["participant_id"] for one in parts] == [number, other]
    assert [len(one["events"]) for one in parts] == [1, 1]
    assert f"<strong>{number} and {other}</strong>" in page
    assert f"<td>about {other.lower()}</td>" in page
    assert stranger not in page + str(copy)


def test_a_copy_in_a_file_is_for_its_owner_alone(
    running: Bus, number: PassportNumber, tmp_path: Path
) -> None:
    """Nothing of it on the terminal, and a file that is there already is never written over."""
    file = tmp_path / "copy.html"

    written = running.done("export", number, "-o", str(file))
    again = running.nwd("export", number, "-o", str(file), "--json")

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert '<th scope="row">Given names</th><td>Ada</td>' in file.read_text("utf-8")
    assert written.stdout == ""
    assert "Ada" not in written.stderr
    assert again.exit_code == 1
    assert again.stderr.endswith("File exists.\n")


def test_a_copy_of_nobody_is_refused(running: Bus) -> None:
    """By number alone."""
    refused = running.nwd("export", "NWD-SAMP-1E00-9", "--json")

    assert refused.exit_code == 1
    assert refused.stdout == ""
    assert refused.stderr.startswith("Error: No participant has that passport number.")


def test_the_json_in_a_file_is_that_of_standard_output(
    running: Bus, number: PassportNumber, tmp_path: Path
) -> None:
    """Up to the moment at which it was made."""
    file = tmp_path / "copy.json"
    running.done("export", number, "--json", "--output", str(file))

    in_file, shown = json.loads(file.read_text("utf-8")), running.json("export", number)

    assert in_file | {"made_at": None} == shown | {"made_at": None}
