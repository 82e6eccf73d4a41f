"""A job that a person gets through the borough's advisers, and whether it lasts."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from deploy.demo.people.dates import later
from deploy.demo.people.dice import weighted

FULL_CODE_HOURS: Final = 16
"""The ILR's codes for paid work split at 16 hours a week."""

_EMPLOYERS: Final = (
    *("Tinderwick Bakery", "Saltmarshe Care", "Copper Kettle Cafes", "Yarrow Parcels"),
    *("Marigold Nurseries", "Wobblepipe Plumbing", "Lanternbell Hotels", "Moonfleet Cleaning"),
)
_HOURS: Final = ((37.5, 34), (30.0, 14), (24.0, 14), (20.0, 12), (16.0, 12), (12.0, 9), (8.0, 5))
_CONTRACT: Final = (("permanent", 56), ("fixed term", 24), ("zero hours", 15), ("other", 5))
_SELF_EMPLOYED_SHARE: Final = 0.07
_EVIDENCE: Final = (("employer", 40), ("provider", 25), ("self-declared", 25), ("rti-verified", 10))
_PENCE_AN_HOUR: Final = (1_221, 1_320, 1_385, 1_480, 1_650)
"""From the national living wage of April 2025 upwards."""
_WEEKS: Final = ((None, 62), (3, 8), (8, 10), (16, 12), (22, 8))


@dataclass(frozen=True, slots=True)
class Job:
    """A job. `ended_on` is None where it lasts."""

    started_on: date
    ended_on: date | None
    employer: str
    hours_per_week: float
    contract: str
    is_self_employed: bool
    pence_an_hour: int
    evidence: str

    @property
    def code(self) -> str:
        """The ILR's code for it within EMP."""
        if self.is_self_employed:
            return "4" if self.hours_per_week >= FULL_CODE_HOURS else "5"
        return "1" if self.hours_per_week >= FULL_CODE_HOURS else "2"

    def lasts(self, weeks: int) -> bool:
        """Return whether it lasts for that many weeks."""
        return self.ended_on is None or self.ended_on >= self.started_on + timedelta(weeks=weeks)


def job(chance: random.Random, not_before: date) -> Job:
    """Return a job that starts some weeks after that day."""
    started_on = later(chance, not_before, 5, 90)
    weeks = weighted(chance, _WEEKS)
    is_self_employed = chance.random() < _SELF_EMPLOYED_SHARE
    return Job(
        started_on=started_on,
        ended_on=None if weeks is None else started_on + timedelta(weeks=weeks),
        employer="self-employed" if is_self_employed else chance.choice(_EMPLOYERS),
        hours_per_week=weighted(chance, _HOURS),
        contract="other" if is_self_employed else weighted(chance, _CONTRACT),
        is_self_employed=is_self_employed,
        pence_an_hour=chance.choice(_PENCE_AN_HOUR),
        evidence="self-declared" if is_self_employed else weighted(chance, _EVIDENCE),
    )
