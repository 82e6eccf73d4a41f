"""`kill -9` of a replay of dead letters: it is run again, and each event counts once."""

import time
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from deploy.operations.letter_replay import TOGETHER
from producers.publisher import connect, let_go
from schemas.identifiers import PassportNumber, ProviderId
from schemas.trays import in_tray
from tests.integration.cli.conftest import WAIT_SECONDS, Bus, wait_until
from tests.integration.cli.test_dead_letters import OPERATOR, event_of, letters

LETTERS = 2 * TOGETHER
"""More than what is published and taken away together: the first are gone before the others."""
ACCEPTED = "SELECT count(DISTINCT event_id) FROM ledger.journal WHERE participant_id = :number"
KEYS = "SELECT count(*) FROM ledger.dead_letter_key"
REPLAY = ("dead-letters", "replay", "--reason", "wrong-key", *OPERATOR)


def refused(bus: Bus, number: PassportNumber) -> set[str]:
    """Put events under a wrong key, past the door, and return the origins of their letters."""
    before = {letter["origin"] for letter in letters(bus)}
    tray = in_tray(ProviderId(bus.name("borough-d")))
    producer = connect(bus.kafka)
    for _ in range(LETTERS):
        producer.send(tray, value=event_of(bus, "referral", number), key=b"nobody")
    producer.flush(WAIT_SECONDS)
    let_go(producer)
    wait_until(lambda: len(letters(bus)) == len(before) + LETTERS, "the dead letters")
    return {letter["origin"] for letter in letters(bus)} - before


def found(engine: Engine, query: str, **values: str) -> int:
    """Return the number that a query counts."""
    with engine.connect() as connection:
        count: int = connection.execute(text(query), values).scalar_one()
    return count


def killed_once(bus: Bus, holds: Callable[[], bool]) -> None:
    """Begin a replay, and kill it as soon as something holds."""
    with bus.process(*REPLAY) as replay:
        until = time.monotonic() + WAIT_SECONDS
        while not holds():
            assert replay.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < until
            time.sleep(0.005)
        replay.kill()


@pytest.mark.parametrize("when", ["they are published", "some are taken away"])
def test_a_replay_that_was_killed_loses_nothing_and_repeats_nothing(
    running: Bus, when: str
) -> None:
    """Run again it replays what is left; what was published before counts once all the same."""
    number = running.participant()
    agreement = running.name("borough-d.support")
    running.done("consent", "grant", number, agreement, "--all")
    origins = refused(running, number)
    with running.hub() as hub:
        keys = found(hub.engine, KEYS)
        killed_once(
            running,
            {
                "they are published": lambda: found(hub.engine, ACCEPTED, number=number) > 0,
                "some are taken away": lambda: found(hub.engine, KEYS) < keys,
            }[when],
        )
        left = {letter["origin"] for letter in letters(running)} & origins
        assert left
        again = running.json(*REPLAY)

    assert again == {"replayed": len(left), "unreadable": []}
    running.wait_for_events(number, LETTERS)
    assert running.json("participant", "show", number)["events"] == LETTERS
    assert not {letter["origin"] for letter in letters(running)} & origins
    held = [one for one in running.lines("tray", "show", agreement) if one["participant"] == number]
    assert len({one["event_id"] for one in held}) == len(held) == LETTERS
    assert running.json("audit")["differences"] == []
