import json
import secrets
from datetime import date, timedelta
from typing import Any

import pytest

from consent_ledger.matching.official_numbers import is_possible_uln
from schemas.identifiers import is_passport_number
from tests.integration.cli.conftest import WAIT_SECONDS, Bus


def somebody(**changes: Any) -> dict[str, Any]:
    """Return a person nobody else is like."""
    born = date(1950, 1, 2) + timedelta(days=secrets.randbelow(18_000))
    return {
        "given_names": name(),
        "family_name": name(),
        "date_of_birth": born.isoformat(),
        "uln": learner_number(),
    } | changes


def name() -> str:
    """Return a name nobody else has, nor one that begins or sounds like it."""
    syllables = (secrets.choice("bcdfghklmnprstvwyz") + secrets.choice("aeiou") for _ in range(6))
    return "".join(syllables).title()


def learner_number() -> str:
    """Return a learner number nobody else has."""
    while True:
        number = str(1_000_000_000 + secrets.randbelow(8_000_000_000))
        if is_possible_uln(number):
            return number


def may_be(person: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return somebody of whom the learner number alone is known, which may be mistyped."""
    return {"uln": person["uln"]} | changes


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
    assert first == (0, {"outcome": "registered", "participant_id": number, "doubts": []})
    assert again == (0, {"outcome": "known", "participant_id": number, "doubts": []})


def test_who_is_known_from_another_door_has_one_number_and_the_door_is_not_told(bus: Bus) -> None:
    """The answer is as for somebody new; what was typed otherwise does not matter."""
    person = somebody(postcode="E8 3RH", address=["12 Mare Street"], phone="07700 900123")
    _, first = register(bus, person)

    again = register(bus, person | {"given_names": person["given_names"].upper()})

    assert again == (0, first)
    assert first["outcome"] == "registered"


def test_what_is_taken_as_absent_is_said_and_what_cannot_be_is_refused(bus: Bus) -> None:
    """With the field and the reason, without the value."""
    _, taken = register(bus, somebody(uln="9999999999"))
    refused = bus.nwd(
        *("participant", "register", "--provider", bus.name("borough-d")),
        *("--given-names", "Zebedee", "--date-of-birth", "2092-01-02"),
    )

    assert [doubt["field"] for doubt in taken["doubts"]] == ["uln"]
    assert refused.exit_code == 1
    assert "date_of_birth: is in the future" in refused.stderr
    assert "2092" not in refused.stderr


def test_somebody_who_may_have_a_number_is_never_joined_to_it(bus: Bus) -> None:
    """What agrees is said, with 4, and a person answers."""
    person = somebody()
    _, known = register(bus, person)

    code, match = register(bus, may_be(person))

    assert code == 4
    assert match["outcome"] == "possible-match"
    assert "the same learner number" in match["reasons"]
    assert known["outcome"] == "registered"


def test_both_answers_to_a_possible_match(bus: Bus) -> None:
    """The same person, or somebody else."""
    person = somebody()
    number = register(bus, person)[1]["participant_id"]

    same = register(bus, may_be(person, reference="S-1"), "--same-as", number)
    other = register(bus, may_be(person), "--new")

    assert same == (0, {"outcome": "known", "participant_id": number, "doubts": []})
    assert other[0] == 0
    assert other[1]["outcome"] == "registered"
    assert other[1]["participant_id"] != number


def test_a_possible_match_tells_an_adviser_how_to_answer(bus: Bus) -> None:
    """With the commands' own options."""
    person = somebody()
    number = register(bus, person)[1]["participant_id"]

    result = bus.nwd(
        *("participant", "register", "--provider", bus.name("college-c")),
        *("--uln", person["uln"], "--postcode", "E8 3RH", "--address", "12 Mare Street"),
    )

    assert result.exit_code == 4
    assert result.stdout == ""  # NUMBER=$(...) would hold it
    assert "the same learner number" in result.stderr
    assert "--same-as NUMBER" in result.stderr
    assert "--with-consent" in result.stderr
    assert number not in result.stderr  # another provider gave it
    assert "--new" in result.stderr
    assert person["uln"] not in result.stderr


def test_who_has_no_card_is_found_with_their_consent_and_sees_who_asked(bus: Bus) -> None:
    """The possible match, the number that was told, and one that was shown: each with its door."""
    person = somebody()
    number = register(bus, person)[1]["participant_id"]

    register(bus, may_be(person))
    reference = f"case-{secrets.token_hex(4)}"
    found = register(bus, may_be(person, reference=reference), "--with-consent")
    register(bus, {}, "--same-as", number)

    assert found == (0, {"outcome": "known", "participant_id": number, "doubts": []})
    seen = bus.json("export", number)["look_ups"]
    assert {one["provider_id"] for one in seen} == {bus.name("borough-d")}
    assert [one["answer"] for one in seen] == ["possible-match", "number-told", "by-number"]


def test_consent_does_not_say_which_of_two_people_somebody_is(bus: Bus) -> None:
    """Their card does: no number is told."""
    person = somebody()
    first = register(bus, person)[1]["participant_id"]
    register(bus, person, "--new")

    code, match = register(bus, may_be(person), "--with-consent")

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
    assert person["given_names"] not in shown
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
    assert err == "Registered.\n"


def test_a_reference_by_itself_finds_and_registers_nobody_unless_said(bus: Bus) -> None:
    """A typing error in it is not a person, whom an import would take the learner for."""
    reference = f"case-{secrets.token_hex(4)}"
    alone = ("participant", "register", "--provider", bus.name("borough-d"), "--reference")

    refused = bus.nwd(*alone, reference)
    says_nothing = bus.nwd(*alone, reference, "--uln", "9999999999")
    new = bus.nwd(*alone, reference, "--new")
    found = bus.nwd(*alone, reference)

    assert refused.exit_code != 0
    assert "nobody by that reference" in refused.stderr
    assert "--new" in refused.stderr
    assert not refused.stdout
    assert "nobody by that reference" in says_nothing.stderr
    assert not says_nothing.stdout
    assert is_passport_number(new.stdout.strip())
    assert found.stdout == new.stdout
