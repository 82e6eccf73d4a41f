import json
import secrets
from typing import Any

import pytest

from schemas.identifiers import is_passport_number
from tests.integration.cli.conftest import WAIT_SECONDS, Bus


def somebody(**changes: Any) -> dict[str, Any]:
    """Return a person nobody else is."""
    return {
        "given_names": f"Ada {secrets.token_hex(6)}",
        "family_name": "Sample",
        "date_of_birth": "1991-03-14",
    } | changes


def register(bus: Bus, person: dict[str, Any], *options: str) -> Any:
    """Register a person by standard input and return the JSON that is printed."""
    result = bus.nwd(
        *("participant", "register", "--provider", bus.name("borough-d"), "--stdin", "--json"),
        *options,
        given=json.dumps(person),
    )
    return result.exit_code, json.loads(result.stdout)


def test_somebody_gets_a_number_and_keeps_it_by_the_reference(bus: Bus) -> None:
    """The provider's own reference finds the same person again."""
    person = somebody(reference=f"case-{secrets.token_hex(4)}")

    first, again = register(bus, person), register(bus, person)

    number = first[1]["participant_id"]
    assert first == (0, {"outcome": "registered", "participant_id": number})
    assert again == (0, {"outcome": "known", "participant_id": number})


def test_somebody_who_may_have_a_number_is_never_joined_to_it(bus: Bus) -> None:
    """What agrees is said, with 4, and a person answers."""
    person = somebody()
    _, known = register(bus, person)

    code, match = register(bus, person)

    assert code == 4
    assert match == {
        "outcome": "possible-match",
        "reasons": ["the same name and date of birth"],
    }
    assert known["outcome"] == "registered"


def test_both_answers_to_a_possible_match(bus: Bus) -> None:
    """The same person, or somebody else."""
    person = somebody()
    number = register(bus, person)[1]["participant_id"]

    same = register(bus, person | {"reference": "S-1"}, "--same-as", number)
    other = register(bus, person, "--new")

    assert same == (0, {"outcome": "known", "participant_id": number})
    assert other[0] == 0
    assert other[1]["outcome"] == "registered"
    assert other[1]["participant_id"] != number


def test_a_possible_match_tells_an_adviser_how_to_answer(bus: Bus) -> None:
    """With the commands' own options."""
    person = somebody()
    number = register(bus, person)[1]["participant_id"]

    result = bus.nwd(
        *("participant", "register", "--provider", bus.name("college-c")),
        *("--given-names", person["given_names"], "--family-name", "Sample"),
        *("--date-of-birth", "1991-03-14"),
    )

    assert result.exit_code == 4
    assert result.stdout == ""  # NUMBER=$(...) would hold it
    assert "the same name and date of birth" in result.stderr
    assert "--same-as NUMBER" in result.stderr
    assert "--with-consent" in result.stderr
    assert number not in result.stderr  # another provider gave it
    assert "--new" in result.stderr
    assert person["given_names"] not in result.stderr


def test_who_has_no_card_is_found_with_their_consent_and_sees_who_asked(bus: Bus) -> None:
    """The possible match, the number that was told, and one that was shown: each with its door."""
    person = somebody()
    number = register(bus, person)[1]["participant_id"]

    register(bus, person)
    found = register(bus, person | {"reference": f"case-{secrets.token_hex(4)}"}, "--with-consent")
    register(bus, {}, "--same-as", number)

    assert found == (0, {"outcome": "known", "participant_id": number})
    seen = bus.json("export", number)["look_ups"]
    assert {one["provider_id"] for one in seen} == {bus.name("borough-d")}
    assert [one["answer"] for one in seen] == ["possible-match", "number-told", "by-number"]


def test_consent_does_not_say_which_of_two_people_somebody_is(bus: Bus) -> None:
    """Their card does: no number is told."""
    person = somebody()
    first = register(bus, person)[1]["participant_id"]
    register(bus, person, "--new")

    code, match = register(bus, person, "--with-consent")

    assert (code, match["outcome"]) == (4, "possible-match")
    assert first not in str(match)


def test_a_reference_that_is_linked_already_is_not_linked_twice(bus: Bus) -> None:
    """Not even to another number."""
    reference = {"reference": f"case-{secrets.token_hex(4)}"}
    register(bus, somebody() | reference)
    other = bus.participant()

    result = bus.nwd(
        *("participant", "register", "--provider", bus.name("borough-d"), "--stdin"),
        *("--same-as", other),
        given=json.dumps(reference),
    )

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: That reference of the provider has a passport number")


@pytest.mark.parametrize(
    "options",
    [
        ["--date-of-birth", "14/03/1991"],
        ["--ni-number", "QQ12345"],
        ["--uln", "12345"],
        ["AB123456C"],
        ["--stdin", "--given-names", "Zebedee"],
        ["--new", "--same-as", "NWD-SAMP-1E00-9"],
        ["--same-as", "NWD-SAMP-1E00-8"],
    ],
)
def test_no_value_of_a_person_comes_back_in_an_error(bus: Bus, options: list[str]) -> None:
    """Terminals are photographed, and logs kept."""
    result = bus.nwd("participant", "register", "--provider", bus.name("borough-d"), *options)

    assert result.exit_code in (1, 2)
    said = result.stdout + result.stderr
    for value in ("14/03/1991", "QQ12345", "12345", "AB123456C", "Zebedee", "NWD-SAMP-1E00-8"):
        assert value not in said


def test_an_unknown_provider_registers_nobody(bus: Bus) -> None:
    """Providers are entered by a reviewed file."""
    result = bus.nwd("participant", "register", "--provider", "nobody")

    assert result.exit_code == 1
    assert result.stderr.startswith("Error: There is no provider nobody.")


def test_show_says_what_the_register_holds_and_no_name(bus: Bus) -> None:
    """State, door and day, permissions, number of events."""
    person = somebody()
    number = register(bus, person)[1]["participant_id"]
    agreement = bus.name("borough-d.support")
    bus.nwd("consent", "grant", number, agreement, "--all", "--timeout", "0")

    shown = bus.done("participant", "show", number.lower().replace("-", "")).stdout
    fields = bus.json("participant", "show", number)

    assert shown.startswith(f"{number}  active\nregistered by {bus.name('borough-d')}, ")
    assert f"  {agreement}  granted: participation, " in shown
    assert "Ada" not in shown
    assert (fields["state"], fields["events"]) == ("active", 0)
    assert fields["standings"][agreement]["granted"][0] == "participation"


def test_a_number_that_was_never_issued_and_one_that_is_none_are_told_apart(bus: Bus) -> None:
    """The second is a slip of the pen, so it is wrong usage."""
    unknown = bus.nwd("participant", "show", "NWD-SAMP-1E00-9")
    mistyped = bus.nwd("participant", "show", "NWD-SAMP-1E00-8")

    assert (unknown.exit_code, mistyped.exit_code) == (1, 2)
    assert "never issued" in unknown.stderr
    assert "That is not a passport number." in mistyped.stderr


def test_a_number_can_be_piped_on(bus: Bus) -> None:
    """Standard output is the number and nothing else."""
    process = bus.process("participant", "register", "--provider", bus.name("borough-d"))
    out, err = process.communicate(timeout=WAIT_SECONDS)

    assert process.returncode == 0
    assert is_passport_number(out.removesuffix("\n"))
    assert err == "A new number.\n"
