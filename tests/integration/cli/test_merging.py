from schemas.identifiers import PassportNumber
from tests.integration.cli.conftest import Bus, wait_until


def published(bus: Bus, kind: str, number: PassportNumber) -> None:
    """Publish an example about somebody and wait until it is accepted."""
    before = bus.json("participant", "show", number)["events"]
    bus.done("publish", given=bus.line(kind, number))
    bus.wait_for_events(number, before + 1)


def two_numbers(bus: Bus, *agreements: str) -> tuple[str, str]:
    """Return two numbers with an event each, both with consent to the passport."""
    one, other = bus.participant(), bus.participant()
    for number, kind in ((one, "referral"), (other, "enrolment")):
        for agreement in ("passport.coordination", *agreements):
            bus.done("consent", "grant", number, bus.name(agreement), "--all")
        published(bus, kind, number)
    return one, other


def test_two_numbers_become_one_passport_and_two_again(running: Bus) -> None:
    """Whichever of them is named, the same story is shown."""
    one, other = two_numbers(running)

    merged = running.json("participant", "merge", other, "--into", one)

    assert merged["is_enforced"]
    assert merged["tombstones"] == merged["records"] > 0

    def is_told(number: PassportNumber, steps: int) -> bool:
        return len(running.json("passport", "show", number)["story"]) == steps

    wait_until(lambda: is_told(PassportNumber(one), 2), "the passport to tell both stories")
    assert is_told(PassportNumber(other), 2)
    assert running.json("participant", "show", other)["other_numbers"] == 1
    assert "the same person  1 other number\n" in running.done("participant", "show", one).stdout
    assert {line["kind"] for line in running.lines("disclosures", one)} >= {"given", "merged"}

    running.done("participant", "unmerge", other)

    wait_until(lambda: is_told(PassportNumber(one), 1), "the passport to tell one story")
    wait_until(lambda: is_told(PassportNumber(other), 1), "the other passport to tell its own")
    running.done("audit")


def test_an_organisation_sees_of_two_numbers_what_both_have_opened_to_it(running: Bus) -> None:
    """Once they are one passport nobody can tell under which number something was known."""
    one, other = two_numbers(running)
    running.done("consent", "grant", one, running.name("borough-d.support"), "--all")
    running.done("participant", "merge", other, "--into", one)

    def seen() -> int:
        viewer = ("passport", "show", one, "--as", running.name("borough-d"))
        return len(running.json(*viewer)["story"])

    wait_until(
        lambda: len(running.json("passport", "show", one)["story"]) == 2, "both to be one passport"
    )
    assert seen() == 0
    running.done("consent", "grant", other, running.name("borough-d.support"), "--all")
    assert seen() == 2


def test_consent_is_shown_number_by_number(running: Bus) -> None:
    """Who was asked under one number alone has not answered under the other."""
    one, other = two_numbers(running)
    running.done("consent", "grant", one, running.name("borough-d.support"), "--all")
    running.done("participant", "merge", other, "--into", one)

    shown = running.done("consent", "show", other).stdout
    lines = running.lines("consent", "show", one)

    assert shown.index(f"What is known under {other}:") < shown.index("another number of yours (1)")
    opened = {
        (line["participant_id"], line["other_number"], line["agreement"])
        for line in lines
        if line["categories"] != {}
    }
    support = running.name("borough-d.support")
    assert (one, None, support) in opened
    assert (None, 1, support) not in opened


def test_no_command_names_a_number_that_another_provider_gave(running: Bus) -> None:
    """Whoever holds one of somebody's two numbers learns the other from their card or copy alone.

    One is under which trays show the person, the other is not: either is asked about.
    """
    main, other = two_numbers(running)
    third = running.participant()
    running.done("participant", "merge", other, "--into", main)
    asked = (
        ("participant", "show"),
        ("consent", "show"),
        ("consent", "receipt"),
        ("passport", "show"),
        ("passport", "show", "--as", running.name("borough-d")),
        ("disclosures",),
    )

    for number, hidden in ((main, other), (other, main)):
        for command in asked:
            for form in ((), ("--json",)):
                assert hidden not in running.done(*command, number, *form).output, command
    refused = [
        running.nwd("participant", "merge", third, "--into", other),
        running.nwd("participant", "merge", main, "--into", third),
        running.nwd("participant", "unmerge", main),
    ]

    assert [one.exit_code for one in refused] == [1, 1, 1]
    assert main not in refused[0].output
    assert other not in refused[1].output + refused[2].output
    for number, hidden in ((main, other), (other, main)):
        assert hidden in running.done("export", number).stdout, "their own copy has both"


def test_numbers_that_cannot_be_merged_are_refused_in_words(running: Bus) -> None:
    """And a number that nobody has is told from one that is merged."""
    one, other = running.participant(), running.participant()

    same = running.nwd("participant", "merge", one, "--into", one)
    never = running.nwd("participant", "merge", one, "--into", "NWD-SAMP-1E00-9")
    alone = running.nwd("participant", "unmerge", other)

    assert [result.exit_code for result in (same, never, alone)] == [1, 1, 1]
    assert "one person's already" in same.stderr
    assert "No participant has that passport number" in never.stderr
    assert "is not merged" in alone.stderr


def test_what_a_merge_will_do_is_shown_and_done_by_the_same_code(running: Bus) -> None:
    """Nothing is entered by the look: not in the ledger, not in a tray."""
    support = running.name("borough-d.support")
    one, other = two_numbers(running, "borough-d.support")
    running.done("consent", "withdraw", other, support)
    merge = ("participant", "merge", other, "--into", one)
    passports = [("passport", "show", number) for number in (one, other)]
    wait_until(
        lambda: all(len(running.json(*shown)["story"]) == 1 for shown in passports),
        "both passports",
    )
    before = [running.json("participant", "show", number) for number in (one, other)]

    shown = running.json(*merge, "--preview")
    text = running.done(*merge, "--preview").stdout

    assert [running.json("participant", "show", number) for number in (one, other)] == before
    assert shown["numbers"] == [other, one]
    assert shown["events"] == [1, 1]
    records = {tray["agreement_id"]: tray["records"] for tray in shown["trays"]}
    assert records[running.name("passport.coordination")] == [1, 1]
    assert records[support] == [0, 1]
    (narrowed,) = shown["consents"]
    assert (narrowed["participant_id"], narrowed["agreement"]) == (one, support)
    assert narrowed["after"]["granted"] == []
    assert "the narrower holds until the person is asked" in text
    assert f"{other} would be shown as {one}." in text

    running.done(*merge)

    assert running.json("participant", "show", one)["standings"][support]["granted"] == []
    assert "reconciled" in {line["kind"] for line in running.lines("disclosures", one)}
    running.done("audit")
    running.done("ledger", "verify")
    assert running.nwd(*merge, "--preview").exit_code == 1
