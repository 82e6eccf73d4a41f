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

REASONS: Final = frozenset(
    {
        *("full", "not-eligible", "other-area", "found-work", "changed-mind"),
        *("no-word", "no-contact"),
        *("2", "7", "29", "40", "41", "42", "43", "45", "46", "47", "48", "97", "98"),
    }
)
"""Why a referral ends, and the ILR's reasons to withdraw; those that speak of health, private life
or custody (3, 44, 28) are in none."""

FUND_MODELS: Final = frozenset({10, 11, 25, 35, 36, 37, 38, 39, 70, 81, 82, 99})
FUNDERS: Final = frozenset({"105", "107", "108", *map(str, range(110, 118)), "998"})
EMPLOYMENT_STATUSES: Final = frozenset({10, 11, 12, 98})
LENGTHS_OF_UNEMPLOYMENT: Final = frozenset(range(1, 6))
LENGTHS_OF_EMPLOYMENT: Final = frozenset(range(1, 5))
PRIOR_ATTAINMENTS: Final = frozenset({1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13, 97, 98, 99})
PRIOR_LEVELS: Final = frozenset({*range(1, 11), 97, 98, 99})
HOUSEHOLDS: Final = frozenset({1, 2, 3, 98, 99})
HAS_CONDITION: Final = frozenset({1, 2, 9})
CONDITIONS: Final = frozenset({*range(1, 18), *range(93, 100)})
HEALTH_WITHDRAWALS: Final = frozenset({3, 44})
ETHNICITIES: Final = frozenset({*range(31, 48), 98, 99})
SEXES: Final = frozenset({"F", "M"})
CUSTODY_CODES: Final = frozenset({"034", "086", "328"})
BENEFIT_STATUSES: Final = frozenset(range(1, 7))
PAY_PERIODS: Final = frozenset({"hour", "week", "month", "year"})
CONTRACT_TYPES: Final = frozenset({"permanent", "fixed term", "zero hours", "other"})
SECTORS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTU")
"""The sections of the UK Standard Industrial Classification 2007."""
OCCUPATIONS: Final = frozenset("123456789")
"""The major groups of the Standard Occupational Classification 2020; a finer code passes in none.
"""
EVIDENCE_LEVELS: Final = frozenset({"self-declared", "provider", "employer", "rti-verified"})
ROLES: Final = frozenset({"training", "job brokerage", "mentoring"})
INSTRUMENTS: Final = frozenset({"ons-4", "good-work"})
ITEMS: Final = frozenset(
    {
        *("satisfaction", "worthwhile", "happiness", "anxiety"),
        *("job-security", "enough-hours", "satisfaction-with-pay", "use-of-skills"),
        *("line-manager", "work-life-balance"),
    }
)
