"""Academic years: 1 August to 31 July, named here by the year in which they start."""

import re
from datetime import date
from typing import Final, NewType

AcademicYear = NewType("AcademicYear", int)
"""2025 is the year 2025-26."""

FIRST: Final = AcademicYear(2018)
LAST: Final = AcademicYear(2025)
LAST_WITH_DESTINATIONS: Final = AcademicYear(2023)
"""The specification of 2024-25, appendix B: Destination and Progression has been removed."""

_NAMESPACE: Final = re.compile(r"ESFA/ILR/(20[0-9]{2})-([0-9]{2})")
_AUGUST: Final = 8


def namespace(year: AcademicYear) -> str:
    """Return the XML namespace of a year's returns, such as `ESFA/ILR/2025-26`."""
    return f"ESFA/ILR/{label(year)}"


def year_of(namespace: str) -> AcademicYear | None:
    """Return the year of a namespace, or None where it is not one that can be read."""
    match = _NAMESPACE.fullmatch(namespace)
    if match is None:
        return None
    year = AcademicYear(int(match[1]))
    return year if FIRST <= year <= LAST and label(year).endswith(match[2]) else None


def label(year: AcademicYear) -> str:
    """Return the year as people write it, such as `2025-26`."""
    return f"{year}-{(year + 1) % 100:02}"


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
