"""What a person brings to the door: work, learning, wishes, health, money. Codes are the ILR's.

Shares are rounded guesses at who comes to an employment service, not statistics.
"""

import random
from dataclasses import dataclass
from typing import Final

from deploy.demo.people.dice import weighted
from deploy.demo.people.text_lists import text_list

PAID: Final = 10
LOOKING: Final = 11
NOT_LOOKING: Final = 12
_NOT_KNOWN: Final = 98

_STATUS: Final = ((LOOKING, 64), (PAID, 17), (NOT_LOOKING, 16), (_NOT_KNOWN, 3))
_UNEMPLOYED_FOR: Final = ((1, 34), (2, 20), (3, 20), (4, 10), (5, 16))
_LONG: Final = 3
_LONG_FROM_AGE: Final = 21
_PRIOR_LEVEL: Final = ((1, 24), (2, 30), (4, 24), (6, 12), (97, 10))
"""PriorLevel (the list from 2021-22): the codes in the DfE's own sample of 2025-26."""
_BENEFIT: Final = ((4, 70), (None, 20), (1, 5), (5, 5))
_BENEFIT_NAMES: Final = {1: "Jobseeker's Allowance", 4: "Universal Credit", 5: "ESA"}
_HAS_CONDITION: Final = ((2, 68), (1, 26), (9, 6))
_CONDITION: Final = (
    *((9, 34), (6, 14), (12, 14), (14, 10), (95, 10), (4, 4), (5, 4), (8, 4), (10, 3), (17, 3)),
)
_ADJUSTMENTS: Final = {
    4: "large print",
    5: "hearing loop",
    6: "step-free rooms",
    8: "small groups",
    9: "a quiet room",
    10: "easy-read forms",
    12: "coloured paper",
    14: "no sudden changes of plan",
    17: "time to answer",
    95: "breaks when needed",
}
_ETHNICITY: Final = (
    *((31, 26), (34, 13), (44, 15), (45, 9), (41, 7), (39, 6), (40, 5), (43, 5), (46, 4), (38, 3)),
    *((98, 3), (47, 2), (35, 2), (36, 1), (37, 1), (42, 1), (32, 1), (99, 4)),
)
_HOUSEHOLD: Final = ((None, 30), (2, 24), (1, 18), (3, 14), (98, 4), (99, 10))
_HAS_CHILDREN: Final = frozenset({1, 3})
_GOALS: Final = text_list("goals.txt")
_BARRIERS: Final = text_list("barriers.txt")
_SKILLS: Final = text_list("skills.txt")
_JOBS: Final = text_list("jobs.txt")
_AVAILABILITY: Final = text_list("availability.txt")
_HOURS_WANTED: Final = ((35.0, 45), (16.0, 20), (20.0, 15), (24.0, 10), (12.0, 10))
_JUSTICE_SHARE: Final = 0.06
_RIGHT_TO_WORK_SHARE: Final = 0.7


@dataclass(frozen=True, slots=True, repr=False)
class Circumstances:
    """A person's circumstances at the first door they came to.

    `condition` is an LLDDCat code and is there where `has_condition` is 1.
    """

    employment_status: int
    unemployed_for: int | None
    employed_for: int | None
    hours_code: int | None
    prior_level: int
    skills: tuple[str, ...]
    work_history: tuple[str, ...]
    right_to_work_seen: bool
    goals: tuple[str, ...]
    barriers: tuple[str, ...]
    adjustments: tuple[str, ...]
    household: int | None
    childcare: bool
    availability: str
    hours_wanted: float
    has_condition: int
    condition: int | None
    ethnicity: int
    justice: bool
    benefit: int | None

    @property
    def benefit_name(self) -> str | None:
        """The benefit's name, in words."""
        return _BENEFIT_NAMES[self.benefit] if self.benefit else None


def circumstances(chance: random.Random, age: int) -> Circumstances:
    """Return consistent circumstances for a person of that age."""
    status = weighted(chance, _STATUS)
    has_condition = weighted(chance, _HAS_CONDITION)
    condition = weighted(chance, _CONDITION) if has_condition == 1 else None
    household = weighted(chance, _HOUSEHOLD)
    unemployed_for = weighted(chance, _UNEMPLOYED_FOR)
    if age < _LONG_FROM_AGE:
        unemployed_for = min(unemployed_for, _LONG)
    return Circumstances(
        employment_status=status,
        unemployed_for=unemployed_for if status in {LOOKING, NOT_LOOKING} else None,
        employed_for=chance.randint(1, 4) if status == PAID else None,
        hours_code=chance.randint(5, 8) if status == PAID else None,
        prior_level=weighted(chance, _PRIOR_LEVEL),
        skills=tuple(chance.sample(_SKILLS, chance.randint(1, 3))),
        work_history=tuple(chance.sample(_JOBS, chance.randint(0, 2))),
        right_to_work_seen=chance.random() < _RIGHT_TO_WORK_SHARE,
        goals=tuple(chance.sample(_GOALS, chance.randint(1, 2))),
        barriers=tuple(chance.sample(_BARRIERS, chance.randint(0, 3))),
        adjustments=(_ADJUSTMENTS[condition],) if condition else (),
        household=household,
        childcare=household in _HAS_CHILDREN and chance.random() < 0.6,  # noqa: PLR2004 - a share
        availability=chance.choice(_AVAILABILITY),
        hours_wanted=weighted(chance, _HOURS_WANTED),
        has_condition=has_condition,
        condition=condition,
        ethnicity=weighted(chance, _ETHNICITY),
        justice=chance.random() < _JUSTICE_SHARE,
        benefit=weighted(chance, _BENEFIT) if status != PAID else None,
    )
