import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from consent_ledger.journal.sealed_keys import Holder
from consent_ledger.rights import key_rotation
from consent_ledger.tables.register import key_epoch, participant
from deploy.operations import journal_key as rotating
from deploy.programs import key_rotation as program
from schemas.identifiers import PassportNumber, ProviderId
from tests.integration.cli.conftest import Bus, wait_until
from tests.integration.cli.cutting import Cut, CutError, cut

STEPS = {
    "before anything": cut(rotating, "_rotate"),
    "before the new epoch is committed": cut(rotating, "epoch_of", after=True),
    "before the new key is written": cut(rotating, "add_journal_key"),
    "when the new key is written": cut(rotating, "add_journal_key", after=True),
    "before a batch is sealed again": cut(key_rotation, "reseal_batch"),
    "before a batch is committed": cut(key_rotation, "reseal_batch", after=True),
    "after some batches": cut(key_rotation, "reseal_batch", after=True, place=3),
    "when everything is sealed again": cut(rotating, "forget_old_journal_keys"),
    "when the old key is destroyed": cut(rotating, "forget_old_journal_keys", after=True),
}


def journal_key(bus: Bus) -> Path:
    """Return the file of the journal keys."""
    return Path(bus.settings["NWD_HOME"]) / "secrets" / "journal-key"


def letter(bus: Bus) -> str:
    """Let there be a dead letter, and return its origin."""
    before = len(bus.lines("dead-letters"))
    bus.send(ProviderId("college-c"), b"who knows")
    wait_until(lambda: len(bus.lines("dead-letters")) > before, "the dead letter")
    return str(bus.lines("dead-letters")[-1]["origin"])


def opens(bus: Bus, origin: str) -> bool:
    """Return whether a dead letter opens."""
    shown = bus.json("dead-letters", "show", origin, "--operator", "J. Sample")
    return bool(shown["bytes"] == "d2hvIGtub3dz")


def test_one_command_puts_every_key_under_a_new_journal_key_and_destroys_the_old(
    running: Bus,
) -> None:
    """Participants' and dead letters'; programs that run go on."""
    number, origin, old = running.participant(), letter(running), journal_key(running).read_bytes()

    rotated = running.json("keys", "rotate")

    new = journal_key(running).read_bytes()
    assert len(old) == len(new) == 32
    assert old != new
    assert journal_key(running).stat().st_mode & 0o777 == 0o600
    assert rotated["participants"] >= 1
    assert rotated["dead_letters"] >= 1
    assert opens(running, origin)
    running.done("publish", given=running.line("referral", number))
    assert running.json("export", number)["registration"]["participant_id"] == number
    assert opens(running, letter(running))


@pytest.mark.parametrize("step", [*STEPS.values()], ids=[*STEPS])
def test_cut_short_anywhere_it_goes_on(running: Bus, step: Cut) -> None:
    """Nothing is unreadable in between, and in the end there is one key and everything under it."""
    number, origin, old = running.participant(), letter(running), journal_key(running).read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        step(patch)
        with pytest.raises(CutError):
            running.nwd("keys", "rotate")
    assert running.json("export", number)["registration"]["participant_id"] == number
    assert opens(running, origin)
    registered_between = running.participant()

    running.done("keys", "rotate")

    assert len(journal_key(running).read_bytes()) == 32
    assert journal_key(running).read_bytes() != old
    with running.hub() as hub, hub.engine.connect() as connection:
        (epoch,) = connection.scalars(select(key_epoch.c.epoch))
        under = set(connection.scalars(select(participant.c.key_epoch)))
        assert epoch == hub.vault.epoch
        assert under - {None} == {epoch}
    assert opens(running, origin)
    for one in (number, registered_between):
        assert running.json("export", one)["registration"]["participant_id"] == one


def test_events_flow_and_people_are_registered_while_it_runs(running: Bus) -> None:
    """Whatever is sealed meanwhile opens afterwards; nothing is refused."""
    number = running.somebody()
    before = running.json("participant", "show", number)["events"]
    with rotating_all_the_time(running) as rotations:
        numbers: list[PassportNumber] = []
        while rotations() < 5 or len(numbers) < 8:
            numbers.append(running.participant())
            for one in (number, numbers[-1]):
                running.done("publish", "--no-wait", given=running.line("referral", one))
            running.send(ProviderId("college-c"), b"who knows")
    running.wait_for_events(number, before + len(numbers))
    for one in numbers:
        running.wait_for_events(one, 1)
    origins = [str(one["origin"]) for one in running.lines("dead-letters")]

    assert all(opens(running, origin) for origin in origins[-len(numbers) :])
    assert running.json("audit")["differences"] == []


def test_it_is_rotated_when_it_is_old_enough_or_was_cut_short(running: Bus) -> None:
    """And not before; when it was made shows in the metrics."""
    running.done("keys", "rotate")
    with running.hub() as hub:
        assert rotating.rotate_when_due(hub, timedelta(hours=1)) is None
        assert rotating.rotate_when_due(hub, timedelta(0)) is not None
        with pytest.MonkeyPatch.context() as patch:
            cut(rotating, "add_journal_key", after=True)(patch)
            with pytest.raises(CutError):
                rotating.rotate_journal_key(hub)
        resumed = rotating.rotate_when_due(hub, timedelta(hours=1))
        began = rotating.epoch_begun_at(hub)
        run_once(running)

    assert resumed is not None
    assert resumed[Holder.PARTICIPANT] >= 1
    assert began is not None
    assert REGISTRY.get_sample_value("nwd_journal_key_timestamp_seconds") == began.timestamp()


def test_the_key_of_a_letter_that_expired_is_destroyed(running: Bus) -> None:
    """Kafka has deleted the letter by its age; a copy of Kafka's files opens no more either."""
    origin = letter(running)
    running.done("keys", "rotate")
    assert opens(running, origin)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rotating, "expired_before", lambda now, _: now + timedelta(hours=1))
        running.done("keys", "rotate")

    refused = running.nwd("dead-letters", "show", origin, "--operator", "J. Sample")

    assert refused.exit_code == 1
    assert "The key of that dead letter was destroyed" in refused.stderr


def test_what_cannot_be_opened_destroys_no_key(running: Bus) -> None:
    """The program says so, and goes on."""
    number = running.participant()
    with running.hub() as hub:
        mine = participant.c.participant_id == number
        with hub.engine.begin() as connection:
            sealed = connection.execute(select(participant.c.sealed_key).where(mine)).scalar_one()
            spoilt = sealed[:-1] + bytes([sealed[-1] ^ 1])
            connection.execute(participant.update().where(mine).values(sealed_key=spoilt))
        before = journal_key(running).read_bytes()
        refused = running.nwd("keys", "rotate")
        between = journal_key(running).read_bytes()
        run_once(running)
        with hub.engine.begin() as connection:
            connection.execute(participant.update().where(mine).values(sealed_key=sealed))

    assert refused.exit_code == 1
    assert "could not be opened" in refused.stderr
    assert between[32:] == before
    assert journal_key(running).read_bytes() == between
    running.done("keys", "rotate")
    assert running.json("export", number)["registration"]["participant_id"] == number


def run_once(bus: Bus) -> None:
    """Let the program of the rotation look once."""
    stop = threading.Event()
    with bus.hub() as hub, pytest.MonkeyPatch.context() as patch:
        patch.setattr(stop, "wait", lambda _: stop.set())
        program.run_key_rotation(hub, stop)


@contextmanager
def rotating_all_the_time(bus: Bus) -> Iterator[Callable[[], int]]:
    """Rotate the key again and again while the block runs; gives how often it was by now."""
    stop, count = threading.Event(), 0

    def rotate() -> None:
        nonlocal count
        with bus.hub() as hub:
            while not stop.is_set():
                rotating.rotate_journal_key(hub)
                count += 1

    thread = threading.Thread(target=rotate)
    thread.start()
    try:
        yield lambda: count
    finally:
        stop.set()
        thread.join()
