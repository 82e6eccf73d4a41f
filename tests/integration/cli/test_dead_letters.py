import base64
import json
from pathlib import Path
from typing import Any

from producers.json_lines import read_event
from schemas.codec import encode
from schemas.identifiers import PassportNumber, ProviderId
from tests.integration.cli.conftest import Bus, wait_until
from tests.support.fakes import ManualClock

OPERATOR = ("--operator", "J. Sample")


def letters(bus: Bus) -> list[Any]:
    """Return the dead letters that are listed."""
    return bus.lines("dead-letters")


def refuse(bus: Bus, provider: ProviderId, value: bytes) -> str:
    """Send bytes that the filter refuses and return where the dead letter comes from."""
    before = {one["origin"] for one in letters(bus)}
    bus.send(provider, value)
    wait_until(lambda: len(letters(bus)) == len(before) + 1, "the dead letter")
    (new,) = {one["origin"] for one in letters(bus)} - before
    return str(new)


def event_of(bus: Bus, kind: str, number: PassportNumber) -> bytes:
    """Return the bytes of an example event about a participant."""
    return encode(read_event(bus.line(kind, number).encode(), ManualClock()()).event)


def test_the_list_says_where_why_and_when_and_nothing_of_what_a_letter_holds(running: Bus) -> None:
    """Whoever lists them opens none."""
    number = running.participant()
    origin = refuse(running, ProviderId("college-c"), b"Ada Nwosu " + number.encode())

    (one,) = [one for one in letters(running) if one["origin"] == origin]
    printed = running.done("dead-letters").stdout

    assert one["provider"] == running.name("college-c")
    assert one["reason"] == "malformed"
    assert one["refused_at"].endswith("Z")
    assert origin in printed
    assert "Ada" not in printed + json.dumps(one)
    assert number not in printed + json.dumps(one)


def test_an_operator_opens_one_and_that_is_written_down(running: Bus) -> None:
    """By name; nobody opens one without."""
    origin = refuse(running, ProviderId("college-c"), b"Ada Nwosu, written by hand")

    shown = running.done("dead-letters", "show", origin, *OPERATOR)
    unnamed = running.nwd("dead-letters", "show", origin)

    assert "personal data" in shown.stderr
    assert base64.b64decode(shown.stdout) == b"Ada Nwosu, written by hand"
    assert unnamed.exit_code == 2
    newest = running.lines("dead-letters", "uses")[0]
    assert (newest["operator"], newest["did"], newest["origin"]) == ("J. Sample", "shown", origin)


def test_a_letter_is_replayed_as_it_is_once_its_cause_is_mended(running: Bus) -> None:
    """It stood under a wrong key: the publisher puts it where it belongs, and it is taken away."""
    number = running.participant()
    running.done("consent", "grant", number, running.name("borough-d.support"), "--all")
    origin = refuse(running, ProviderId("borough-d"), event_of(running, "referral", number))

    done = running.json("dead-letters", "replay", origin, *OPERATOR)
    running.wait_for_events(number, 1)

    assert done["replayed"] == origin
    assert origin not in {one["origin"] for one in letters(running)}
    again = running.nwd("dead-letters", "replay", origin, *OPERATOR)
    assert again.exit_code == 1
    assert "no dead letter from there" in again.stderr
    assert running.json("audit")["differences"] == []


def test_a_mended_event_is_decided_under_the_permissions_of_now(
    running: Bus, tmp_path: Path
) -> None:
    """What was withdrawn in between stays closed."""
    number = running.participant()
    agreement = running.name("borough-d.support")
    running.done("consent", "grant", number, agreement, "--all")
    origin = refuse(running, ProviderId("borough-d"), b"no event at all")
    running.done("consent", "withdraw", number, agreement)
    mended = tmp_path / "mended.jsonl"

    refused = running.nwd("dead-letters", "replay", origin, *OPERATOR)
    mended.write_text(running.line("referral", number).replace("borough-d", "jobcentre-e"))
    elsewhere = running.nwd("dead-letters", "replay", origin, *OPERATOR, "--with", str(mended))
    mended.write_text(running.line("referral", number))
    running.done("dead-letters", "replay", origin, *OPERATOR, "--with", str(mended))
    running.wait_for_events(number, 1)

    assert refused.exit_code == elsewhere.exit_code == 1
    assert "is no event as it stands" in refused.stderr
    assert "another provider's name" in elsewhere.stderr
    held = running.lines("tray", "show", agreement)
    assert [one for one in held if one["participant"] == number] == []
    assert running.json("audit")["differences"] == []


def test_what_no_letter_can_come_from_is_said(running: Bus) -> None:
    """A place that is none, and one where there is nothing."""
    none = running.nwd("dead-letters", "show", "in.college-c", *OPERATOR)
    topic = f"in.{running.name('college-c')}"
    empty = running.nwd("dead-letters", "show", f"{topic}/0/999999", *OPERATOR)

    assert (none.exit_code, empty.exit_code) == (1, 1)
    assert "topic, partition and offset" in none.stderr
    assert "There is no dead letter" in empty.stderr


def test_an_erasure_takes_the_dead_letters_that_name_the_person(running: Bus) -> None:
    """In whatever way, and nobody else's; what came too late for them leaves none at all."""
    number, other = running.participant(), running.participant()
    mine = {
        refuse(running, ProviderId("college-c"), event_of(running, "outcome", number)),
        refuse(
            running, ProviderId("borough-d"), b"met " + number.lower().replace("-", "").encode()
        ),
    }
    others = refuse(running, ProviderId("college-c"), event_of(running, "outcome", other))

    certificate = running.json("erasure", "start", number, "--yes")
    running.send(ProviderId("college-c"), event_of(running, "outcome", number))
    later = refuse(running, ProviderId("college-c"), b"sent after that")

    left = {one["origin"] for one in letters(running)}
    assert not mine & left
    assert {others, later} <= left
    assert certificate["survivors"] == 0
    scanned = certificate["scanned"]["dead_letters"]
    for provider in ("college-c", "borough-d"):  # with those that were replayed: all are noise
        assert scanned[f"dead.{running.name(provider)}"]["awaiting"] >= 1
    assert certificate["scanned"]["in_trays"][f"in.{running.name('college-c')}"] == 1
    assert running.json("audit")["differences"] == []
