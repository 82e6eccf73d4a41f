"""Importing the returns that the DfE published, by the command."""

from pathlib import Path

from tests.integration.cli.conftest import Bus
from tests.support.ilr.returns import SAMPLE_2025


def test_the_sample_sets_aside_who_breaks_a_rule_or_may_be_known(
    running: Bus, shared_data: Path
) -> None:
    """One National Insurance number on several records joins nobody silently."""
    imported = running.json(
        *("import", "ilr", str(shared_data / "ilr" / SAMPLE_2025)),
        *("--provider", running.name("college-c"), "--although-of-another-organisation"),
    )

    assert (imported["learners_read"], imported["learners_taken"]) == (19, 13)
    assert imported["published"] == imported["enrolments"]["new"] == 23
    assert imported["set_aside_by_reason"] == {
        "R_59": 2,
        "R_07": 1,
        "ULN_04": 1,
        "LearnDelFAMDateFrom_06": 1,
        "possible-match": 2,
    }
    assert {one["code"] for one in imported["warnings"]} >= {"Filename_1", "UKPRN"}
