"""What `nwd disclosures` prints."""

from pathlib import Path

from schemas.identifiers import AgreementId
from tests.integration.cli.conftest import Bus, wait_until

SUPPORT = AgreementId("borough-d.support")


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


def test_each_disclosure_is_proven_by_a_file(running: Bus, tmp_path: Path) -> None:
    """It is in the ledger a few seconds later, and is checked with the public key alone."""
    number = running.participant()
    agreement = running.name(SUPPORT)
    running.done("consent", "grant", number, agreement, "--all")
    running.done("publish", given=running.line("referral", number))
    running.wait_for_events(number, 1)
    sent = len(running.lines("disclosures", number))
    key = running.done("ledger", "key").stdout.strip()

    def are_proven() -> bool:
        running.done("disclosures", number, "--proofs", str(tmp_path))
        return len(list(tmp_path.iterdir())) == sent

    wait_until(are_proven, "the disclosures to be in the ledger")

    for path in tmp_path.iterdir():
        said = running.json("ledger", "check", str(path), "--key", key)
        assert said["what"] == "disclosure"
        assert number not in said["leaf"]
    shown = running.done("ledger", "check", str(path), "--key", key).stdout
    assert shown.startswith("A disclosure of entry ")


def test_somebody_of_whom_nothing_was_sent_is_told_so(running: Bus) -> None:
    """An empty answer would look like a mistake."""
    number = running.participant()

    assert running.done("disclosures", number).stdout == "Nothing about you was sent to anybody.\n"
    assert running.lines("disclosures", number) == []
