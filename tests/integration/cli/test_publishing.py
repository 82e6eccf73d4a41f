import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from consumers.tray_reader import read_tray
from schemas.codec import to_event
from schemas.events import Event
from schemas.identifiers import PassportNumber, ProviderId, new_passport_number
from schemas.trays import in_tray
from tests.integration.cli.conftest import WAIT_SECONDS, Bus
from tests.support.kafka_settings import as_environment


def in_trays(bus: Bus, participant_id: PassportNumber) -> list[Event]:
    """Return what was published about a participant."""
    events = [
        to_event(record.value)
        for provider in ("borough-d", "college-c")
        for record in read_tray(bus.kafka, in_tray(ProviderId(bus.name(provider))))
        if record.value
    ]
    return [one for one in events if one.participant_id == participant_id]


def test_events_that_the_filter_has_not_looked_at_yet_are_told_apart(bus: Bus) -> None:
    """They are on the bus: 5 says that they wait, and --no-wait does not ask."""
    line = bus.line("referral", bus.participant())

    result = bus.nwd("publish", "--timeout", "0.2", given=line)
    unasked = bus.done("publish", "--no-wait", "--json", given=line)

    assert result.exit_code == 5
    assert result.stdout.splitlines()[-1] == "0 events accepted, 0 refused, 1 not looked at yet"
    assert "nwd run filter" in result.stderr
    assert [one["status"] for one in json.loads(unasked.stdout)["events"]] == ["published"]


def test_events_go_from_a_file_to_the_in_trays_of_their_providers(
    running: Bus, tmp_path: Path
) -> None:
    """Blank lines are nothing; ids that were given out are printed."""
    number = running.participant()
    file = tmp_path / "events.jsonl"
    lines = [running.line(kind, number) for kind in ("referral", "enrolment", "outcome")]
    file.write_text("\n\n".join(lines), "utf-8")

    said = running.done("publish", str(file)).stdout.splitlines()

    published = in_trays(running, number)
    assert said[-2:] == ["3 events published, 0 lines refused", "3 events accepted, 0 refused"]
    assert {f"is event {one.event_id}" for one in published} == {
        one.partition(" ")[2].partition(" ")[2] for one in said[:-2]
    }
    assert {one.provider_id for one in published} == {
        running.name("borough-d"),
        running.name("college-c"),
    }


def test_a_bad_line_is_reported_and_the_good_ones_go_through(running: Bus) -> None:
    """By its number and the fields; the command ends with 1."""
    number = running.participant()
    good = running.line("referral", number)
    bad = running.line("referral", number, identity={"ni_number": "QQ12345"}, revision=0)

    result = running.nwd("publish", "-", given=f"{good}\nnonsense\n{bad}\n{good}")

    assert result.exit_code == 1
    assert "2 events published, 2 lines refused\n" in result.stdout
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["line 2"] + [
        "line 3"
    ] * 2
    assert "QQ12345" not in result.stderr
    assert len(in_trays(running, number)) == 2


@pytest.mark.parametrize("dry_run", [(), ("--dry-run",)])
def test_an_end_before_its_start_is_refused_by_line(running: Bus, dry_run: tuple[str, ...]) -> None:
    """Also before it is sent; the line behind it goes through."""
    number = running.participant()
    days = {"effective_from": "2026-05-01", "effective_to": "2026-03-02"}
    lines = [running.line("outcome", number, progress=days), running.line("outcome", number)]

    result = running.nwd("publish", *dry_run, given="\n".join(lines))

    assert result.exit_code == 1
    assert result.stderr == (
        "line 1: progress.effective_to: it is before progress.effective_from\n"
    )
    assert len(in_trays(running, number)) == (0 if dry_run else 1)


def test_a_file_that_holds_no_event_at_all_is_told_once_what_a_line_is(bus: Bus) -> None:
    """A CSV of a hundred lines gives no hundred equal complaints."""
    result = bus.nwd("publish", "--dry-run", given="a,b\n" * 100)

    *complaints, more, hint = result.stderr.splitlines()
    assert len(complaints) == 20
    assert more == "and 80 lines more: --json lists all"
    assert "nwd publish --example referral" in hint


def test_the_summary_as_json(running: Bus) -> None:
    """What a program needs to go on: counts, faults, new ids."""
    number = running.participant()
    known = "6f1f0f4e-2f0d-4a55-9d0a-0000000000aa"
    given = "\n".join(
        [running.line("outcome", number, event_id=known), "[]", running.line("outcome", number)]
    )

    result = running.nwd("publish", "--json", given=given)

    summary = json.loads(result.stdout)
    (assigned,) = summary.pop("assigned_event_ids").items()
    assert summary.pop("events") == [
        {"line": 1, "event_id": known, "status": "accepted"},
        {"line": 3, "event_id": assigned[1], "status": "accepted"},
    ]
    assert summary == {
        "published": 2,
        "good": 2,
        "refused": 1,
        "problems": [{"line": 2, "problems": ["it is not a JSON object"]}],
        "service_warnings": [],
        "is_dry_run": False,
    }
    assert assigned[0] == "3"
    assert {one.event_id for one in in_trays(running, number)} == {known, assigned[1]}


def test_an_event_that_is_too_large_is_refused_and_does_no_harm_to_others(running: Bus) -> None:
    """Each field is within its own limit, and all of them together are not."""
    number = running.participant()
    lines = ["\u6f22" * 300] * 50  # 45 kB
    large = {
        "needs": dict.fromkeys(("goals", "barriers", "adjustments"), lines),
        "background": {"work_history": lines},
        "contact": {"address": lines},
        "notes": {"text": "\u6f22" * 20_000},
    }

    result = running.nwd(
        "publish",
        given=f"{running.line('referral', number, **large)}\n{running.line('outcome', number)}",
    )

    assert result.exit_code == 1
    assert result.stderr.startswith("line 1: ")
    assert [type(one).__name__ for one in in_trays(running, number)] == ["Outcome"]


def test_a_dry_run_publishes_nothing(bus: Bus) -> None:
    """And needs no Kafka."""
    number = bus.participant()
    away = replace(bus, settings=bus.settings | {"NWD_KAFKA_BOOTSTRAP": "127.0.0.1:1"})

    good = away.done("publish", "--dry-run", given=bus.line("referral", number))
    bad = away.nwd("publish", "--dry-run", "--json", given="{}")

    assert good.stdout == "1 event would be published, 0 lines refused\n"
    assert bad.exit_code == 1
    assert json.loads(bad.stdout)["refused"] == 1
    assert in_trays(bus, number) == []


def test_a_provider_without_an_in_tray_is_told_and_the_others_are_published(running: Bus) -> None:
    """At once, for the line that it is; a line before it and one behind it go through."""
    number = running.participant()
    lines = [running.line(kind, number) for kind in ("referral", "outcome")]
    lines.insert(1, running.line("referral", number, provider_id="nobody"))

    result = running.nwd("publish", given="\n".join(lines))

    assert result.exit_code == 1
    assert result.stderr == "line 2: provider_id: the bus has no in-tray of this provider\n"
    assert result.stdout.splitlines()[-2:] == [
        "2 events published, 1 line refused",
        "2 events accepted, 0 refused",
    ]
    assert len(in_trays(running, number)) == 2


def test_a_publisher_hears_what_the_filter_refused_and_why(running: Bus) -> None:
    """Each line by its number; the command ends with 1, though all of them were published."""
    number, erased = running.participant(), running.participant()
    running.done("erasure", "start", erased, "--yes")
    event_id = str(uuid4())
    lines = [
        running.line("referral", number, event_id=event_id),
        running.line("referral", new_passport_number()),
        running.line("referral", number, event_id=event_id, notes={"text": "another"}),
        running.line("referral", erased),
        running.line("outcome", number),
    ]

    result = running.nwd("publish", given="\n".join(lines))
    again = running.nwd("publish", "--json", given=lines[2])

    assert result.exit_code == again.exit_code == 1
    assert [line.partition(" (")[0] for line in result.stderr.splitlines()] == [
        "line 2: refused, unknown-participant",
        "line 3: refused, revision-conflict",
        "line 4: refused, erased-participant",
    ]
    assert result.stdout.splitlines()[-2:] == [
        "5 events published, 0 lines refused",
        "2 events accepted, 3 refused",
    ]
    assert json.loads(again.stdout)["events"] == [
        {"line": 1, "event_id": event_id, "status": "refused", "reason": "revision-conflict"}
    ]


def test_an_example_is_only_printed_unless_it_is_said_whom_it_is_about(bus: Bus) -> None:
    """And only an example can be about somebody else than its line says."""
    printed = bus.done("publish", "--example", "referral")
    alone = bus.nwd("publish", "--for", new_passport_number())

    assert json.loads(printed.stdout)["type"] == "referral"
    assert printed.stderr == ""
    assert alone.exit_code == 2
    assert "--example" in alone.stderr


@pytest.mark.parametrize(("name", "code"), [("nowhere.jsonl", 1), (".", 1)])
def test_a_file_that_cannot_be_read_is_named(bus: Bus, name: str, code: int) -> None:
    """Neither a missing one nor a folder shows a traceback."""
    result = bus.nwd("publish", name, "--dry-run")

    assert result.exit_code == code
    assert result.stderr.startswith(f"Error: {name}: ")


def test_only_kafka_need_be_known_to_publish(bus: Bus, tmp_path: Path) -> None:
    """A provider's machine has no database of the bus, and no secrets."""
    number = bus.participant()
    kafka = as_environment(bus.kafka_of("borough-d"), manages_access=False)
    provider = replace(bus, settings=kafka | {"NWD_HOME": str(tmp_path)})

    provider.done("publish", given=bus.line("referral", number))

    assert len(in_trays(bus, number)) == 1


def test_the_event_goes_through_a_real_pipe(running: Bus) -> None:
    """As from another program."""
    number = running.participant()
    process = running.process("publish", "-", "--json", has_input=True)
    out, _ = process.communicate(running.line("referral", number) + "\n", timeout=WAIT_SECONDS)

    assert process.returncode == 0
    assert json.loads(out)["published"] == 1
    assert len(in_trays(running, number)) == 1
