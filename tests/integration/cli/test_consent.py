import json
import stat
from datetime import date, timedelta
from pathlib import Path

import pytest

from schemas.identifiers import AgreementId, PassportNumber
from tests.integration.cli.conftest import Bus

SUPPORT = AgreementId("borough-d.support")


@pytest.fixture
def number(running: Bus) -> PassportNumber:
    """Give somebody about whom three events were published."""
    found = running.participant()
    lines = [running.line(kind, found) for kind in ("referral", "enrolment", "outcome")]
    running.done("publish", given="\n".join(lines))
    running.wait_for_events(found, 3)
    return found


def test_a_grant_waits_until_the_tray_holds_what_it_opens(
    running: Bus, number: PassportNumber
) -> None:
    """Both times are told, and the number of records."""
    done = running.json("consent", "grant", number, running.name(SUPPORT), "--all")

    records = running.lines("tray", "show", running.name(SUPPORT))
    assert done["is_enforced"]
    assert done["records"] == 3
    assert done["tombstones"] == 0
    assert done["recorded_at"] <= done["enforced_at"]
    assert len([one for one in records if one["participant"] == number]) == 3


def test_a_withdrawal_waits_until_nothing_is_left(running: Bus, number: PassportNumber) -> None:
    """One category is closed in every record; all of them take the records away."""
    agreement = running.name(SUPPORT)
    running.done("consent", "grant", number, agreement, "--all")

    some = running.done("consent", "withdraw", number, agreement, "--category", "identity").stdout
    closed = [
        one["closed"]
        for one in running.lines("tray", "show", agreement)
        if one["participant"] == number
    ]
    everything = running.done("consent", "withdraw", number, agreement).stdout

    assert some.endswith("3 records written, 0 retracted\n")
    assert closed == [["identity"]] * 3
    assert everything.splitlines()[0].startswith("recorded  ")
    assert everything.splitlines()[1].startswith("enforced  ")
    assert everything.endswith("0 records written, 3 retracted\n")
    assert number not in running.done("tray", "show", agreement).stdout


def test_what_is_granted_can_leave_a_provider_out_and_end_on_a_day(
    running: Bus, number: PassportNumber
) -> None:
    """`show` says so in plain words."""
    last = date.today() + timedelta(days=30)  # noqa: DTZ011 - a day as somebody types it
    running.done(
        *("consent", "grant", number, running.name(SUPPORT)),
        *("--category", "participation", "--category", "identity"),
        *("--until", last.isoformat(), "--except", running.name("college-c")),
    )

    shown = running.done("consent", "show", number).stdout
    fields = {one["agreement"]: one for one in running.lines("consent", "show", number)}

    assert (
        f"Fernmoor Council's jobs team ({running.name(SUPPORT)}) sees:\n"
        "  which services you use and when (you said yes)\n"
        "  your name, date of birth and official numbers (you said yes)\n"
        f"  your yes holds until {last.isoformat()}, that day included\n"
        f"  your yes leaves out what these know: {running.name('college-c')}\n"
    ) in shown
    assert f"({running.name('college-c.outcomes')}) sees nothing.\n" in shown
    support = fields[running.name(SUPPORT)]
    assert list(support["categories"]) == ["participation", "identity"]
    assert support["until"] == f"{last + timedelta(days=1)}T00:00:00+00:00"
    assert support["except"] == [running.name("college-c")]


def test_notice_opens_a_public_task_and_an_objection_closes_it(
    running: Bus, number: PassportNumber
) -> None:
    """Neither is a consent."""
    agreement = running.name("jobcentre-e.engagement")

    informed = running.json("consent", "inform", number, agreement)
    objected = running.json("consent", "object", number, agreement)
    words = running.done("consent", "show", number).stdout
    ended = running.json("consent", "object", number, agreement, "--end")

    assert (informed["records"], objected["tombstones"], ended["records"]) == (3, 3, 3)
    assert f"({agreement}) sees nothing. You objected.\n" in words


def test_a_question_and_a_no_are_entered_and_shown(running: Bus, number: PassportNumber) -> None:
    """Asking again needs to be meant; a no takes away what was granted."""
    agreement = running.name(SUPPORT)

    asked = running.json("consent", "request", number, agreement, "--category", "participation")
    twice = running.nwd("consent", "request", number, agreement, "--all")
    running.done("consent", "grant", number, agreement, "--all")
    refused = running.json("consent", "refuse", number, agreement)
    after_no = running.nwd("consent", "request", number, agreement, "--all")
    again = running.nwd("consent", "request", number, agreement, "--all", "--again")
    shown = {one["agreement"]: one for one in running.lines("consent", "show", number)}

    assert (asked["records"], refused["tombstones"]) == (0, 3)
    assert (twice.exit_code, after_no.exit_code, again.exit_code) == (1, 1, 0)
    assert "have not answered yet" in twice.stderr
    assert "They have said no to this." in after_no.stderr
    assert shown[agreement]["consent"] == "requested"
    assert (
        f"({agreement}) sees nothing. You were asked for your yes, and have not answered yet.\n"
    ) in running.done("consent", "show", number).stdout


def test_who_takes_back_a_yes_is_told_what_is_still_seen(
    running: Bus, number: PassportNumber
) -> None:
    """By the recipient from whom it was taken, on which basis, and what can be done about it."""
    agreement = running.name("jobcentre-e.engagement")
    running.done("consent", "inform", number, agreement)
    running.done("consent", "grant", number, agreement, "--all")

    warned = running.done("consent", "show", number).stdout
    said = running.done("consent", "withdraw", number, agreement, "--category", "needs").stdout
    fields = running.json("consent", "withdraw", number, agreement)
    receipt = running.lines("consent", "receipt", number, "--agreement", agreement)[0]
    in_words = running.done("consent", "receipt", number).stdout

    sees = "which services you use and when (it is part of a public job; you can object)\n"
    assert f"  if you take back your yes, it still sees here:\n    {sees}" in warned
    assert f"Fernmoor Jobcentre ({agreement}) still sees:\n  {sees}" in said
    (still,) = fields["still_open"]
    assert still["agreement"] == agreement
    assert {one["basis"] for one in still["categories"].values()} == {"public-task"}
    assert fields["recipients"] == [
        {
            "agreement": agreement,
            "recipient": "Fernmoor Jobcentre",
            "records": 3,
            "tombstones": 0,
        }
    ]
    assert receipt["nwd:stillOpen"][0]["nwd:categories"]["participation"] == "public-task"
    assert f"  After that, by {agreement}, they still saw:\n    {sees}" in in_words


def test_the_statistics_are_shown_as_what_they_see(running: Bus, number: PassportNumber) -> None:
    """No name, a band of five years, the borough alone; and that the hub reads the passport."""
    shown = running.done("consent", "show", number).stdout

    assert (
        f"The hub's statistics team ({running.name('hub.statistics')}) sees, without your name or"
        " any number of yours:\n"
        "  only which service you use (only which organisation runs it), the programme, why it was"
        " declined, how far it is, when you started (the day) (a public task; you can object)\n"
        "  only the five years in which you were born (a public task; you can object)\n"
        "  only your borough (a public task; you can object)\n"
    ) in shown
    assert "A code stands for you, the same each time." in shown
    named = running.name("passport.coordination")
    assert f"also reads {named}, which has names in it. Why: The hub runs" in shown


def test_a_change_that_is_not_enforced_in_time_is_recorded_all_the_same(
    bus: Bus, database_server: str, template_database: str, tmp_path: Path
) -> None:
    """Without a filter it ends with 5, and says what to look at."""
    with bus.beside(database_server, template_database, tmp_path) as idle:
        number = idle.participant()
        result = idle.nwd(
            "consent", "grant", number, idle.name(SUPPORT), "--all", "--timeout", "0.1", "--json"
        )
        granted = idle.json("participant", "show", number)["standings"]

    assert result.exit_code == 5
    assert '"is_enforced": false' in result.stdout
    assert "`nwd run filter`" in result.stderr
    assert list(granted) == [bus.name(SUPPORT)]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["grant", "AGREEMENT", "--category", "equality"], 1, "does not ask consent for: equality"),
        (["grant", "AGREEMENT", "--category", "identity"], 1, "Without participation nothing"),
        (["grant", "AGREEMENT", "--category", "shoe-size"], 2, "'shoe-size' is not one of"),
        (["grant", "AGREEMENT", "--all", "--until", "2020-01-01"], 1, "has passed already"),
        (["grant", "AGREEMENT", "--all", "--until", "next week"], 2, "--until"),
        (["grant", "AGREEMENT", "--all", "--until", "9999-12-31"], 2, "--until"),
        (["grant", "AGREEMENT", "--all", "--except", "nobody"], 1, "There is no provider nobody."),
        (["grant", "nobody.nothing", "--all"], 1, "There is no agreement nobody.nothing."),
        (["withdraw", "AGREEMENT"], 1, "There is no consent to withdraw there."),
        (["object", "AGREEMENT"], 1, "shares nothing on public task."),
    ],
)
def test_a_change_that_cannot_be_made_says_why(
    running: Bus, arguments: list[str], code: int, said: str
) -> None:
    """And nothing is changed."""
    number = running.participant()
    command, agreement, *rest = arguments
    agreement = running.name(SUPPORT) if agreement == "AGREEMENT" else agreement

    result = running.nwd("consent", command, number, agreement, *rest)

    assert result.exit_code == code
    assert said in result.stderr
    assert running.json("participant", "show", number)["standings"] == {}


def test_a_receipt_for_each_change_is_given_as_json_and_as_a_page(
    running: Bus, number: PassportNumber, tmp_path: Path
) -> None:
    """By the ledger's pseudonym: the passport number is in neither."""
    agreement = running.name(SUPPORT)
    running.done("consent", "grant", number, agreement, "--all")
    running.done("consent", "withdraw", number, agreement)
    page = tmp_path / "receipt.html"

    newest, oldest = running.lines("consent", "receipt", number, "--agreement", agreement)
    said = running.done("consent", "receipt", number).stdout
    running.done("consent", "receipt", number, "-o", str(page))

    assert newest["nwd:ledgerEntry"] > oldest["nwd:ledgerEntry"]
    assert newest["@type"] == "dpv:ConsentReceipt"
    assert said.splitlines()[1] == (
        f"  You took back your yes. Entry {newest['nwd:ledgerEntry']} of the ledger."
    )
    again = running.nwd("consent", "receipt", number, "-o", str(page), "--json")
    running.done("consent", "receipt", number, "-o", str(tmp_path / "receipt.json"), "--json")
    written = page.read_text("utf-8")
    assert "You took back your yes." in written
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert again.stderr.endswith("File exists.\n")
    assert json.loads((tmp_path / "receipt.json").read_text("utf-8").splitlines()[0]) == newest
    assert number not in written + json.dumps([newest, oldest])
