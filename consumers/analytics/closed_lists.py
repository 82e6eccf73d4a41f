"""The closed lists by which figures are broken down. What stands on none of them is not kept.

A provider may write any text into a borough or a code: a name, or an address. A figure's table is
no place for it, whatever the tray carries.
"""

from collections.abc import Mapping
from typing import Any, Final

BOROUGHS: Final = frozenset(
    {
        "Barking and Dagenham",
        "Barnet",
        "Bexley",
        "Brent",
        "Bromley",
        "Camden",
        "City of London",
        "Croydon",
        "Ealing",
        "Enfield",
        "Greenwich",
        "Hackney",
        "Hammersmith and Fulham",
        "Haringey",
        "Harrow",
        "Havering",
        "Hillingdon",
        "Hounslow",
        "Islington",
        "Kensington and Chelsea",
        "Kingston upon Thames",
        "Lambeth",
        "Lewisham",
        "Merton",
        "Newham",
        "Redbridge",
        "Richmond upon Thames",
        "Southwark",
        "Sutton",
        "Tower Hamlets",
        "Waltham Forest",
        "Wandsworth",
        "Westminster",
    }
)
"""London's 32 boroughs and the City."""


def _numbered(last: int) -> frozenset[str]:
    return frozenset(map(str, range(1, last + 1)))


OUTCOMES: Final[Mapping[str, frozenset[str]]] = {
    "EMP": _numbered(5) | {"job-offer"},
    "NPE": _numbered(2),
    "VOL": _numbered(1),
    "GAP": _numbered(1),
    "EDU": _numbered(6),
    "SDE": _numbered(4),
    "OTH": _numbered(4),
    "QUAL": frozenset(),
    "INT": frozenset({"first-interview", "confidence", "mental-health-support", "cv"}),
    "GWK": frozenset(),
}
"""Each category of outcome with its codes: the ILR's, and the steps on the way."""


def listed_borough(area: Mapping[str, Any]) -> str | None:
    """Return the borough of an area's block, None where it is on no list."""
    borough = area.get("borough")
    return borough if borough in BOROUGHS else None


def listed_outcome(progress: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return category and code of a progress block, None in place of what is on no list."""
    category, code = progress.get("category"), progress.get("code")
    codes = OUTCOMES.get(category or "")
    if codes is None:
        return None, None
    return category, code if code in codes else None
