"""What `nwd disclosures` prints."""

from tests.integration.cli.conftest import Bus

SUPPORT = "borough-d.support"


def test_somebody_reads_who_was_sent_what_and_why(running: Bus) -> None:
    """In plain words, grouped by what was done at once."""
    number = running.participant()
    agreement = running.name(SUPPORT)
    running.done("publish", given=running.line("referral", number))
    running.wait_for_events(number, 1)
    granted = running.json(
        *("consent", "grant", number, agreement),
        *("--category", "participation", "--category", "identity"),
    )["entry"]
    withdrawn = running.json("consent", "withdraw", number, agreement)["entry"]

    said = running.done("disclosures", number).stdout
    lines = [one for one in running.lines("disclosures", number) if one["agreement"] == agreement]

    assert f"Fernmoor Council's jobs team ({agreement})\n  1 record was taken back\n" in said
    assert (
        "  was sent 1 record, with:\n"
        "    which services you use and when (you said yes)\n"
        "    your name, date of birth and official numbers (you said yes)\n"
        "  from a referral of "
    ) in said
    assert f"  because of entry {withdrawn} of the ledger: withdrawn\n" in said
    assert [(one["action"], one["entry"]) for one in lines] == [
        ("taken back", withdrawn),
        ("sent", granted),
    ]
    assert list(lines[1]["categories"]) == ["participation", "identity"]


def test_somebody_of_whom_nothing_was_sent_is_told_so(running: Bus) -> None:
    """An empty answer would look like a mistake."""
    number = running.participant()

    assert running.done("disclosures", number).stdout == "Nothing about you was sent to anybody.\n"
    assert running.lines("disclosures", number) == []
