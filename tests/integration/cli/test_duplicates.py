from typing import Any

from consent_ledger.register.passport_numbers import NumberPair, in_order
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
