"""The years whose returns are read, as data."""

from pathlib import Path

import pytest

from producers.ilr import years
from producers.ilr.years import AcademicYear, read_years
from tests.support.ilr.hub import CollegeHub
from tests.support.ilr.returns import MADE_2018, MADE_2025, Edited, in_year, made_file

ROW = '[[years]]\nyear = "{}"\nnamespace = "ESFA/ILR/{}"\nstructure = "{}"\n'


def file(tmp_path: Path, *rows: tuple[str, str]) -> Path:
    """Write years, each with the year whose structure it has."""
    path = tmp_path / "years.toml"
    path.write_text("".join(ROW.format(year, year, like) for year, like in rows), "utf-8")
    return path


def test_a_return_of_the_newest_year_is_read_and_what_is_assumed_is_told(hub: CollegeHub) -> None:
    """Its elements are those of the year before, until somebody has compared the two."""
    result = hub.run(in_year(Edited(MADE_2025), "2026-27", "2627"))

    assert (years.LAST, result.year, result.learners_taken) == (2026, "2026-27", 10)
    assert [one.text for one in result.warnings if one.code == "year-assumed"] == [
        "the structure of 2026-27 is taken to be that of 2025-26"
    ]


def test_a_return_of_an_older_year_after_a_newer_one_is_told(hub: CollegeHub) -> None:
    """What stands in both stays as the newer says; the same year again is nothing to tell."""
    hub.run(made_file(MADE_2025))
    older = hub.run(made_file(MADE_2018))
    again = hub.run(made_file(MADE_2025))

    assert [one.code for one in older.warnings] == ["older-year"]
    assert "older-year" not in {one.code for one in again.warnings}


def test_a_year_more_is_a_block_more(tmp_path: Path) -> None:
    """With the structure of an earlier year, or of its own."""
    known = read_years(file(tmp_path, ("2025-26", "2025-26"), ("2026-27", "2025-26")))

    assert known[AcademicYear(2026)].structure == 2025
    assert known[AcademicYear(2026)].namespace == "ESFA/ILR/2026-27"


@pytest.mark.parametrize(
    "rows",
    [
        [("2025-26", "2025-26"), ("2027-28", "2025-26")],
        [("2026-27", "2026-27"), ("2025-26", "2025-26")],
        [("2025-26", "2026-27"), ("2026-27", "2026-27")],
        [("2025-26", "2018-19")],
        [("2025-27", "2025-27")],
    ],
)
def test_years_that_cannot_be_are_refused(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    """A gap, a wrong order, the structure of a later year or of none, no academic year."""
    with pytest.raises(ValueError, match="year"):
        read_years(file(tmp_path, *rows))
