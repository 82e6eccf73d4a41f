import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, select, update

from consent_ledger.register.passport_numbers import NumberPair, in_order
from consent_ledger.tables.register import kept_identity
from tests.integration.cli.conftest import Bus
from tests.integration.cli.test_participants import register, somebody


def twice(bus: Bus, **changes: Any) -> NumberPair:
    """Register somebody at two doors, the second time as somebody else; return both numbers."""
    person = somebody(**changes)
    first, second = register(bus, person)[1], register(bus, person, "--new")[1]
    return in_order(first["participant_id"], second["participant_id"])


def listed(bus: Bus, *options: str) -> list[dict[str, Any]]:
    """Return what is listed."""
    return bus.lines("participant", "duplicates", *options)


def test_a_pair_is_listed_once_and_by_all_again(bus: Bus) -> None:
    """With words and without a value; whoever is told more of is looked at again."""
    listed(bus)
    first, second = twice(bus)

    text = bus.nwd("participant", "duplicates", "--all")
    again = listed(bus)
    person = somebody()
    number = register(bus, person)[1]["participant_id"]
    nobody_else = listed(bus)
    register(bus, person | {"given_names": "Q."}, "--same-as", number)
    other = register(bus, person, "--new")[1]["participant_id"]

    assert f"{first}  {second}  known" in text.stdout
    assert "because  the same given name, the same family name, the same date of birth" in (
        text.stdout
    )
    assert "Comparing people" in text.stderr
    assert again == nobody_else == []
    assert [set(pair["numbers"]) for pair in listed(bus)] == [{number, other}]
    assert {first, second} in [set(pair["numbers"]) for pair in listed(bus, "--all")]


def test_the_worst_harm_comes_first(running: Bus) -> None:
    """Known before possible; then whom recipients were told most of."""
    listed(running)
    possible = somebody()
    register(running, possible)
    register(running, {"uln": possible["uln"]}, "--new")
    quiet = twice(running)
    told = twice(running)
    running.done("consent", "grant", told[0], running.name("passport.coordination"), "--all")
    running.done("publish", given=running.line("referral", told[0]))
    running.wait_for_events(told[0], 1)

    pairs = listed(running)

    assert [tuple(pair["numbers"]) for pair in pairs][:2] == [told, quiet]
    assert [pair["verdict"] for pair in pairs] == ["known", "known", "possible"]
    assert pairs[0]["events"] == [1, 0]
    assert pairs[1]["agreements"] == [[], []]


def test_nobody_merged_is_listed(running: Bus) -> None:
    """Two numbers of one person are settled."""
    first, second = twice(running)
    running.done("participant", "merge", first, "--into", second)

    assert {first, second} not in [set(pair["numbers"]) for pair in listed(running, "--all")]


def test_who_is_told_apart_is_listed_no_more(running: Bus) -> None:
    """And the ledger holds."""
    first, second = twice(running)

    told = running.json("participant", "distinct", second, "--from", first)
    again = running.nwd("participant", "distinct", first, "--from", second)

    assert {first, second} not in [set(pair["numbers"]) for pair in listed(running, "--all")]
    assert told["entry"] > 0
    assert again.exit_code == 1
    assert "told apart already" in again.stderr
    running.done("ledger", "verify")


@contextmanager
def altered(bus: Bus, number: str) -> Iterator[None]:
    """Let what is kept of somebody not open until the block ends."""
    engine = create_engine(bus.settings["NWD_DATABASE_OWNER_URL"])
    of_number = kept_identity.c.participant_id == number
    writing = update(kept_identity).where(of_number)
    with engine.begin() as connection:
        sealed = connection.scalar(select(kept_identity.c.sealed).where(of_number))
        connection.execute(writing.values(sealed=bytes(len(sealed or b""))))
    yield
    with engine.begin() as connection:
        connection.execute(writing.values(sealed=sealed))
    engine.dispose()


def test_who_cannot_be_opened_keeps_nobody_else_from_being_compared(bus: Bus) -> None:
    """They are named, and the others are listed; the search goes on from its end."""
    listed(bus)
    lost = register(bus, somebody())[1]["participant_id"]
    first, second = twice(bus)

    with altered(bus, lost):
        search = bus.nwd("participant", "duplicates", "--json")
        again = bus.nwd("participant", "duplicates")

    pair, alone = (json.loads(line) for line in search.stdout.splitlines())
    assert search.exit_code == 1
    assert set(pair["numbers"]) == {first, second}
    assert alone == {"numbers": [lost], "verdict": "not-compared"}
    assert "1 number not compared" in search.stderr
    assert lost not in search.stderr  # what goes there ends up in logs
    assert (again.exit_code, again.stdout) == (0, "")
