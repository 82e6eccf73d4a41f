import json
from pathlib import Path

import pytest

from consent_ledger.agreements.agreement import AgreementError
from deploy.cli.agreements import list_agreements, show
from deploy.home.memberships import Membership, write_membership


def test_a_reviewer_reads_each_field_and_its_form(capsys: pytest.CaptureFixture[str]) -> None:
    """And what a pseudonym stands for, who reads it, and why that one reads names elsewhere."""
    show("hub.statistics", as_json=False)

    said = capsys.readouterr().out
    assert said.startswith("hub.statistics, version 3: The hub's statistics team\n")
    for line in (
        "  read by: hub",
        "  under a pseudonym of each person",
        "    occurred_at, day: when it happened (the day)",
        "    area.borough, area: your borough; 33 codes",
    ):
        assert line in said.splitlines()
    assert "also reads passport.coordination, which has names in it. Why: The hub runs" in said


def test_a_named_agreement_shares_blocks_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """It names no fields."""
    show("college-c.outcomes", as_json=False)

    said = capsys.readouterr().out
    assert "  under the passport number\n" in said
    assert "  progress (consent), whole\n" in said
    assert "fields" not in said


def test_all_of_them_come_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    """One a line, as the ledger will hold it."""
    show(None, as_json=True)

    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(shown) == 6
    forms = {agreement["id"]: agreement["fields"] for agreement in shown}
    assert forms["research.outcomes"]["progress.category"] == "code"


def test_a_list_says_who_is_given_what_under_which_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And how soon, since a tray that is filled at once tells when somebody went where."""
    list_agreements(as_json=False)

    lines = capsys.readouterr().out.splitlines()
    (research,) = (one for one in lines if one.lstrip().startswith("research.outcomes"))
    assert research.endswith("a pseudonym of each event   in batches, every 13 weeks")
    (college,) = (one for one in lines if one.lstrip().startswith("college-c.outcomes"))
    assert college.endswith("passport number             at once")


def test_of_a_reader_who_was_removed_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that was not mended yet would else say that something is still shared."""
    monkeypatch.setenv("NWD_HOME", str(tmp_path))
    write_membership(
        tmp_path, Membership("college-c", "A college", is_provider=True, is_leaving=True)
    )

    list_agreements(as_json=False)
    lines = capsys.readouterr().out.splitlines()
    (college,) = (line for line in lines if line.lstrip().startswith("college-c.outcomes"))
    assert college.endswith("nothing: removed")

    show("college-c.outcomes", as_json=False)
    show("hub.statistics", as_json=False)
    said = capsys.readouterr().out
    assert said.count("ended on this bus: its reader was removed") == 1

    list_agreements(as_json=True)
    listed = map(json.loads, capsys.readouterr().out.splitlines())
    assert [one["id"] for one in listed if one["is_ended"]] == ["college-c.outcomes"]


def test_an_agreement_that_is_not_there_is_told_with_those_that_are() -> None:
    """Nobody has to look into the folder."""
    with pytest.raises(AgreementError) as refused:
        show("hub.figures", as_json=False)

    assert "research.outcomes" in refused.value.hint
