"""Importing the returns that the DfE published, by the command."""

from pathlib import Path

from tests.integration.cli.conftest import Bus
from tests.support.ilr.returns import SAMPLE_2025


def test_the_sample_sets_aside_who_breaks_a_rule_or_may_be_known(
    running: Bus, shared_data: Path
) -> None:
    """One National Insurance number on several records joins nobody silently.

    Nor does one name with birthdays of which the years differ, as the sample has them. An event
    indicator that is dated too early concerns funding, and is a warning; an end that is planned
    before the start sets aside.
    """
    imported = running.json(
        *("import", "ilr", str(shared_data / "ilr" / SAMPLE_2025)),
        *("--provider", running.name("college-c"), "--although-of-another-organisation"),
    )

    assert (imported["learners_read"], imported["learners_taken"]) == (19, 11)
    assert imported["published"] == imported["enrolments"]["new"] == 17
    assert imported["set_aside_by_reason"] == {
        "R_59": 2,
        "R_07": 1,
        "ULN_04": 1,
        "LearnPlanEndDate_02": 1,
        "possible-match": 4,
    }
    assert {one["code"] for one in imported["warnings"]} >= {
        "Filename_1",
        "UKPRN",
        "LearnDelFAMDateFrom_06",
    }
