import json
from pathlib import Path

import pytest

from consumers.tray_reader import read_tray
from schemas.codec import to_event
from schemas.events import Event
from schemas.trays import in_tray
from tests.integration.cli.conftest import WAIT_SECONDS, Bus


def in_trays(bus: Bus, participant_id: str) -> list[Event]:
    """Return what was published about a participant."""
    events = [
        to_event(record.value)
        for provider in ("borough-d", "college-c")
        for record in read_tray(bus.settings["NWD_KAFKA_BOOTSTRAP"], in_tray(bus.name(provider)))
        if record.value
    ]
    return [one for one in events if one.participant_id == participant_id]


def test_events_go_from_a_file_to_the_in_trays_of_their_providers(bus: Bus, tmp_path: Path) -> None:
    """Blank lines are nothing; ids that were given out are printed."""
    number = bus.participant()
    file = tmp_path / "events.jsonl"
    lines = [bus.line(kind, number) for kind in ("referral", "enrolment", "outcome")]
    file.write_text("\n\n".join(lines), "utf-8")

    said = bus.done("publish", str(file)).stdout.splitlines()

    published = in_trays(bus, number)
    assert said[-1] == "3 events published, 0 lines refused"
    assert {f"is event {one.event_id}" for one in published} == {
        one.partition(" ")[2].partition(" ")[2] for one in said[:-1]
    }
    assert {one.provider_id for one in published} == {
        bus.name("borough-d"),
        bus.name("college-c"),
    }


def test_a_bad_line_is_reported_and_the_good_ones_go_through(bus: Bus) -> None:
    """By its number and the fields; the command ends with 1."""
    number = bus.participant()
    good = bus.line("referral", number)
    bad = bus.line("referral", number, identity={"ni_number": "QQ12345"}, revision=0)

    result = bus.nwd("publish", "-", given=f"{good}\nnonsense\n{bad}\n{good}")

    assert result.exit_code == 1
    assert result.stdout.endswith("2 events published, 2 lines refused\n")
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == ["line 2"] + [
        "line 3"
    ] * 2
    assert "QQ12345" not in result.stderr
    assert len(in_trays(bus, number)) == 2


def test_the_summary_as_json(bus: Bus) -> None:
    """What a program needs to go on: counts, faults, new ids."""
    number = bus.participant()
    known = "6f1f0f4e-2f0d-4a55-9d0a-0000000000aa"
    given = "\n".join(
        [bus.line("outcome", number, event_id=known), "[]", bus.line("outcome", number)]
    )

    result = bus.nwd("publish", "--json", given=given)

    summary = json.loads(result.stdout)
    (assigned,) = summary.pop("assigned_event_ids").items()
    assert summary == {
        "published": 2,
        "good": 2,
        "refused": 1,
        "problems": [{"line": 2, "problems": ["it is not a JSON object"]}],
        "is_dry_run": False,
    }
    assert assigned[0] == "3"
    assert {one.event_id for one in in_trays(bus, number)} == {known, assigned[1]}


def test_an_event_that_is_too_large_is_refused_and_does_no_harm_to_others(bus: Bus) -> None:
    """Each field is within its own limit, and all of them together are not."""
    number = bus.participant()
    lines = ["\u6f22" * 300] * 50  # 45 kB
    large = {
        "needs": dict.fromkeys(("goals", "barriers", "adjustments"), lines),
        "background": {"work_history": lines},
        "contact": {"address": lines},
        "notes": {"text": "\u6f22" * 20_000},
    }

    result = bus.nwd(
        "publish", given=f"{bus.line('referral', number, **large)}\n{bus.line('outcome', number)}"
    )

    assert result.exit_code == 1
    assert result.stderr.startswith("line 1: ")
    assert [type(one).__name__ for one in in_trays(bus, number)] == ["Outcome"]


def test_a_dry_run_publishes_nothing(bus: Bus) -> None:
    """And needs no Kafka."""
    number = bus.participant()
    away = Bus(bus.settings | {"NWD_KAFKA_BOOTSTRAP": "127.0.0.1:1"}, bus.tag, bus.folder)

    good = away.done("publish", "--dry-run", given=bus.line("referral", number))
    bad = away.nwd("publish", "--dry-run", "--json", given="{}")

    assert good.stdout == "1 event would be published, 0 lines refused\n"
    assert bad.exit_code == 1
    assert json.loads(bad.stdout)["refused"] == 1
    assert in_trays(bus, number) == []


def test_a_provider_without_an_in_tray_is_told(bus: Bus) -> None:
    """After the seconds that Kafka takes to say that there is none; ids are not lost."""
    line = bus.line("referral", bus.participant(), provider_id="nobody")

    result = bus.nwd("publish", given=line)

    assert result.exit_code == 1
    assert "Error: Kafka did not say where in.nobody is." in result.stderr


@pytest.mark.parametrize(("name", "code"), [("nowhere.jsonl", 1), (".", 1)])
def test_a_file_that_cannot_be_read_is_named(bus: Bus, name: str, code: int) -> None:
    """Neither a missing one nor a folder shows a traceback."""
    result = bus.nwd("publish", name, "--dry-run")

    assert result.exit_code == code
    assert result.stderr.startswith(f"Error: {name}: ")


def test_only_kafka_need_be_known_to_publish(bus: Bus, tmp_path: Path) -> None:
    """A provider's machine has no database of the bus, and no secrets."""
    number = bus.participant()
    kafka = {"NWD_KAFKA_BOOTSTRAP": bus.settings["NWD_KAFKA_BOOTSTRAP"]}
    provider = Bus(kafka | {"NWD_HOME": str(tmp_path)}, bus.tag, tmp_path)

    provider.done("publish", given=bus.line("referral", number))

    assert len(in_trays(bus, number)) == 1


def test_the_event_goes_through_a_real_pipe(bus: Bus) -> None:
    """As from another program."""
    number = bus.participant()
    process = bus.process("publish", "-", "--json", has_input=True)
    out, _ = process.communicate(bus.line("referral", number) + "\n", timeout=WAIT_SECONDS)

    assert process.returncode == 0
    assert json.loads(out)["published"] == 1
    assert len(in_trays(bus, number)) == 1
