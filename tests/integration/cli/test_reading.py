import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from schemas.identifiers import AgreementId, PassportNumber
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, wait_until

PASSPORT = AgreementId("passport.coordination")
OUTCOMES = AgreementId("college-c.outcomes")


@pytest.fixture(scope="module")
def number(running: Bus) -> PassportNumber:
    """Give somebody with three events, who granted the passport and the college."""
    found = running.participant()
    lines = [running.line(kind, found) for kind in ("referral", "enrolment", "outcome")]
    running.done("publish", given="\n".join(lines))
    running.wait_for_events(found, 3)
    for agreement in (PASSPORT, OUTCOMES):
        running.done("consent", "grant", found, running.name(agreement), "--all")
    wait_until(lambda: len(running.json("passport", "show", found)["story"]) == 3, "the passport")
    return found


def test_the_participant_sees_all_that_the_passport_holds(
    running: Bus, number: PassportNumber
) -> None:
    """Each value with who said it and when."""
    shown = running.done("passport", "show", number).stdout
    passport = running.json("passport", "show", number)

    assert f"identity  given_names    Ada                {running.name('borough-d')}" in shown
    assert "programme: Skills for work; stage: requested" in shown
    assert [one["event"] for one in passport["story"]].count("outcome") == 1


def test_an_organisation_sees_what_its_agreements_open_at_this_moment(
    running: Bus, number: PassportNumber
) -> None:
    """The college learns the outcome and nothing else; the borough, without a grant, nothing."""
    college = running.json("passport", "show", number, "--as", running.name("college-c"))
    borough = running.nwd("passport", "show", number, "--as", running.name("borough-d"), "--json")

    assert [one["event"] for one in college["story"]] == ["outcome"]
    assert college["values"] == []
    assert json.loads(borough.stdout)["story"] == []
    assert "`nwd consent show` says what is open" in borough.stderr


def test_an_organisation_without_an_agreement_is_told_so(
    running: Bus, number: PassportNumber
) -> None:
    """Statistics have one, and look nobody up under it."""
    for organisation in (running.name("hub"), "nobody"):
        result = running.nwd("passport", "show", number, "--as", organisation)

        assert result.exit_code == 1
        assert result.stderr.startswith(f"Error: {organisation} has no agreement under which")


def test_the_form_says_what_need_not_be_asked_again(running: Bus, number: PassportNumber) -> None:
    """Reused answers with their source, open questions with the reason."""
    form = running.json("passport", "show", number, "--form")
    shown = running.done("passport", "show", number, "--form").stdout

    reused, to_ask = len(form["reused"]), len(form["to_ask"])
    assert reused == 7
    assert shown.endswith(f"{reused} answers reused, {to_ask} to be asked\n")
    assert f"Ada                {running.name('borough-d')}, 2026-05-04" in shown


def test_a_tray_shows_what_stands_in_it_and_its_log_what_stood(
    running: Bus, number: PassportNumber
) -> None:
    """The last record of each key; the log has the retractions."""
    agreement = running.name(OUTCOMES)
    other = running.participant()
    running.done("publish", given=running.line("outcome", other))
    running.wait_for_events(other, 1)
    running.done("consent", "grant", other, agreement, "--all")
    running.done("consent", "withdraw", other, agreement)

    stands = running.lines("tray", "show", agreement)
    log = running.lines("tray", "show", agreement, "--raw-log")
    table = running.done("tray", "show", agreement).stdout

    assert [one["participant"] for one in stands] == [number]
    assert stands[0]["value"]["progress"]["category"] == "EMP"
    assert stands[0]["value"]["identity"] is None
    assert [one["type"] for one in log if one["participant"] == other] == ["outcome", "retracted"]
    assert table.endswith("1 record in the tray now\n")
    assert "participation, progress" in table


def test_a_review_measures_who_could_be_found_again(running: Bus, number: PassportNumber) -> None:
    """Counts only: with few people on a bus nobody is hidden, and the command says so."""
    hub = running.name("hub.statistics")
    shown = running.done("agreements", "risk", hub)
    measured = running.json("agreements", "risk", hub, "--with", running.name(PASSPORT))

    (joined,) = measured["joined"]
    assert measured["people"] == sum(measured["alike"].values()) > 0
    assert joined["with"] == running.name(PASSPORT)
    assert joined["by"]["all values of an event"]["right"] > 0
    assert f"Beside {running.name(PASSPORT)}" in shown.stdout
    assert number not in shown.stdout + shown.stderr


def test_a_tray_with_names_has_nothing_to_measure(running: Bus) -> None:
    """It says which command names those that have."""
    refused = running.nwd("agreements", "risk", running.name(PASSPORT))

    assert refused.exit_code == 1
    assert "nwd agreements list" in refused.stderr


def test_the_pseudonymous_tray_names_nobody(running: Bus, number: PassportNumber) -> None:
    """Not in a key, a header or a value."""
    text = running.done("tray", "show", running.name("hub.statistics"), "--json").stdout

    assert text.count("\n") >= 3
    assert number not in text
    assert "Ada" not in text


def test_a_tray_that_is_not_there_is_said(running: Bus) -> None:
    """By a name that could be one, and by one that could not."""
    unknown = running.nwd("tray", "show", "nobody.nothing")
    wrong = running.nwd("tray", "show", "nobody")

    assert (unknown.exit_code, wrong.exit_code) == (1, 1)
    assert unknown.stderr.startswith("Error: There is no agreement nobody.nothing.\nThere are: ")
    assert wrong.stderr.startswith("Error: That is not an agreement's id.")


def test_a_reader_that_goes_away_is_no_error(running: Bus, number: PassportNumber) -> None:
    """`| head -1`: no traceback, and the exit code that shells have for it."""
    process = running.process("tray", "show", running.name(PASSPORT), "--json")
    assert process.stdout
    assert process.stderr
    with subprocess.Popen(["head", "-1"], stdin=process.stdout, stdout=subprocess.PIPE) as head:  # noqa: S607 - of the PATH
        process.stdout.close()
        first, _ = head.communicate(timeout=WAIT_SECONDS)
    said = process.stderr.read()
    process.stderr.close()

    assert process.wait(WAIT_SECONDS) in (0, 141)
    assert json.loads(first)["participant"] == number
    assert said == ""


def test_output_that_nobody_reads_ends_quietly(running: Bus, number: PassportNumber) -> None:
    """The reader is gone before the first line."""
    process = running.process("ledger", "show", "--json")
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()

    assert number
    assert process.wait(WAIT_SECONDS) == 141
    assert said == ""


def test_the_figures_hide_few_people(running: Bus, number: PassportNumber) -> None:
    """One person is nobody."""
    assert number
    assert "nothing that may be shown yet" in running.done("stats").stdout
    assert running.json("stats", "--by", "borough")["funnel"]["rows"] == []


def test_the_figures_of_many_are_shown_rounded(running: Bus) -> None:
    """Six people are shown as five, and seven as well."""
    people = [running.participant() for _ in range(6)]
    running.done("publish", given="\n".join(running.line("referral", one) for one in people))
    for one in people:
        running.wait_for_events(one, 1)
    wait_until(lambda: bool(running.json("stats")["funnel"]["rows"]), "the figures")

    shown = running.done("stats")
    row = next(one for one in shown.stdout.splitlines() if running.name("college-c") in one)

    assert row.split() == [running.name("college-c"), "5", "-", "-", "-", "-", "-", "-"]
    assert "rounded to the nearest 5" in shown.stderr


def test_the_audit_holds(running: Bus, number: PassportNumber) -> None:
    """Nothing is missing, surplus or different."""
    report = running.json("audit")
    shown = running.done("audit").stdout

    assert number
    assert report["differences"] == []
    assert report["trays"][running.name(OUTCOMES)] == 1
    assert shown.endswith(f"{report['events']} events, 0 differences\n")


def test_an_audit_that_finds_something_says_which_key_and_ends_with_3(
    bus: Bus, database_server: str, template_database: str, tmp_path: Path
) -> None:
    """A record that stands where nothing may."""
    with bus.beside(database_server, template_database, tmp_path) as other:
        result = other.nwd("audit", "--json")
        told = other.nwd("audit")

    report: dict[str, Any] = json.loads(result.stdout)
    assert (result.exit_code, told.exit_code) == (3, 3)
    assert {one["kind"] for one in report["differences"]} == {"surplus"}
    assert f"{len(report['differences'])} differences" in told.stdout


def test_the_ledger_verifies_and_against_a_checkpoint_kept_elsewhere(
    running: Bus, tmp_path: Path
) -> None:
    """What was printed once still holds when the ledger has grown."""
    kept = tmp_path / "kept.txt"
    kept.write_text(running.done("ledger", "checkpoint").stdout, "utf-8")
    running.participant()

    report = running.json("ledger", "verify", "--checkpoint", str(kept))

    assert report["is_sound"]
    assert report["faults"] == []
    assert running.json("ledger", "checkpoint")["size"] == report["size"]


def test_a_ledger_that_was_altered_is_found_out_with_3(
    bus: Bus, database_server: str, template_database: str, tmp_path: Path
) -> None:
    """Even by the owner of its tables."""
    with bus.beside(database_server, template_database, tmp_path) as other:
        kept = tmp_path / "kept.txt"
        kept.write_text(other.done("ledger", "checkpoint").stdout, "utf-8")
        engine = create_engine(other.settings["NWD_DATABASE_OWNER_URL"])
        with engine.begin() as owner:
            owner.execute(text("ALTER TABLE ledger.entry DISABLE TRIGGER ALL"))
            owner.execute(text("UPDATE ledger.entry SET leaf = leaf || ' ' WHERE seq = 3"))
        engine.dispose()

        result = other.nwd("ledger", "verify", "--json")
        told = other.nwd("ledger", "verify", "--checkpoint", str(kept))

    assert (result.exit_code, told.exit_code) == (3, 3)
    assert json.loads(result.stdout)["faults"][0]["last"] == 3
    assert "leaf and stored hashes do not fit" in told.stdout


def test_a_checkpoint_of_another_ledger_is_refused(running: Bus, tmp_path: Path) -> None:
    """It says nothing about this one."""
    kept = tmp_path / "kept.txt"
    kept.write_text("somebody.example/log\n1\nAAAA\n\n\u2014 somebody AAAA\n", "utf-8")

    result = running.nwd("ledger", "verify", "--checkpoint", str(kept))

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


def test_entries_name_participants_by_the_ledgers_own_pseudonym(
    running: Bus, number: PassportNumber
) -> None:
    """And one entry can be shown alone."""
    entries = running.lines("ledger", "show", "--last", "1000")
    given = [one for one in entries if one["kind"] == "given"]
    alone = running.lines("ledger", "show", str(given[0]["entry"]))
    beyond = running.nwd("ledger", "show", "1000000")

    assert number not in json.dumps(entries)
    assert alone == [given[0]]
    assert beyond.exit_code == 1
    assert beyond.stderr.startswith("Error: There is no entry 1000000.")
