"""Closed lists of codes: all that a field written by hand may become in a pseudonymous tray.

A value that stands in none of them is never delivered there. The ILR's lists are those of 2020-21
with what later years added; a list is longer than one year's, never shorter.
"""

from typing import Final

BOROUGHS: Final = frozenset(
    {
        *("Barking and Dagenham", "Barnet", "Bexley", "Brent", "Bromley", "Camden"),
        *("City of London", "Croydon", "Ealing", "Enfield", "Greenwich", "Hackney"),
        *("Hammersmith and Fulham", "Haringey", "Harrow", "Havering", "Hillingdon", "Hounslow"),
        *("Islington", "Kensington and Chelsea", "Kingston upon Thames", "Lambeth", "Lewisham"),
        *("Merton", "Newham", "Redbridge", "Richmond upon Thames", "Southwark", "Sutton"),
        *("Tower Hamlets", "Waltham Forest", "Wandsworth", "Westminster"),
    }
)
"""London's 32 boroughs and the City."""

PROGRAMMES: Final = frozenset(
    {
        *("Advanced level apprenticeship", "Intermediate level apprenticeship"),
        *("Higher apprenticeship, level 4", "Higher apprenticeship, level 5"),
        *("Higher apprenticeship, level 6", "Higher apprenticeship, level 7 or above"),
        *("Apprenticeship standard", "Traineeship", "T Level foundation year", "T Level"),
        *("Skills Bootcamp", "Sector-based work academy", "Supported internship"),
        *("Connect to Work", "Work and Health Programme", "Restart", "Youth Hub"),
    }
)
"""The ILR's programme types, and programmes that run in more than one borough."""

OUTCOME_CATEGORIES: Final = frozenset(
    {"EMP", "NPE", "VOL", "EDU", "GAP", "SDE", "OTH", "QUAL", "INT", "GWK"}
)
OUTCOME_CODES: Final = frozenset(
    {
        *("1", "2", "3", "4", "5", "6", "job-offer"),
        *("first-interview", "confidence", "mental-health-support", "volunteering"),
    }
)
"""The ILR's codes within a category, and those of interim outcomes."""
