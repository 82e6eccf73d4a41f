"""Academic years: 1 August to 31 July, named here by the year in which they start.

Those whose returns are read stand in `years.toml`, which says how to add one.
"""

import tomllib
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple, NewType

AcademicYear = NewType("AcademicYear", int)
"""2025 is the year 2025-26."""


class KnownYear(NamedTuple):
    """A year whose returns are read: their XML namespace, and whose structure they have."""

    namespace: str
    structure: AcademicYear


def _of_label(text: str) -> AcademicYear:
    year = AcademicYear(int(text[:4]))
    if label(year) != text:
        raise ValueError(f"{text} is not an academic year, such as 2025-26")
    return year


def read_years(file: Path) -> dict[AcademicYear, KnownYear]:
    """Return the years of a file. ValueError where it is not as `years.toml` asks."""
    known = {
        _of_label(row["year"]): KnownYear(row["namespace"], _of_label(row["structure"]))
        for row in tomllib.loads(file.read_text("utf-8"))["years"]
    }
    years = list(known)
    if years != list(range(years[0], years[0] + len(years))):
        raise ValueError("the years are not in order, or one is missing")
    if any(of.structure not in known or of.structure > year for year, of in known.items()):
        raise ValueError("a year has the structure of a later year, or of one that is not listed")
    return known


def label(year: AcademicYear) -> str:
    """Return the year as people write it, such as `2025-26`."""
    return f"{year}-{(year + 1) % 100:02}"


CENTURY: Final = "20"
"""How the name of every year begins, and that of no other upload."""

_KNOWN: Final = read_years(Path(__file__).with_name("years.toml"))
FIRST: Final = min(_KNOWN)
LAST: Final = max(_KNOWN)
LAST_WITH_DESTINATIONS: Final = AcademicYear(2023)
"""The specification of 2024-25, appendix B: Destination and Progression has been removed."""

_BY_NAMESPACE: Final = {known.namespace: year for year, known in _KNOWN.items()}
_AUGUST: Final = 8


def namespace(year: AcademicYear) -> str:
    """Return the XML namespace of a year's returns, such as `ESFA/ILR/2025-26`."""
    return _KNOWN[year].namespace


def structure_year(year: AcademicYear) -> AcademicYear:
    """Return the year whose structure a year's returns have: an earlier one while it is assumed."""
    return _KNOWN[year].structure


def year_of(namespace: str) -> AcademicYear | None:
    """Return the year of a namespace, or None where it is not one that can be read."""
    return _BY_NAMESPACE.get(namespace)


def collection(year: AcademicYear) -> str:
    """Return the year as a return's header writes it, such as `2526`."""
    return f"{year % 100:02}{(year + 1) % 100:02}"


def first_day(year: AcademicYear) -> date:
    """Return the first day of the teaching year."""
    return date(year, _AUGUST, 1)


def teaching_year(day: date) -> AcademicYear:
    """Return the teaching year in which the day lies."""
    return AcademicYear(day.year if day.month >= _AUGUST else day.year - 1)


def age_on(day: date, born_on: date) -> int:
    """Return a person's age in whole years on a day."""
    return day.year - born_on.year - ((day.month, day.day) < (born_on.month, born_on.day))
