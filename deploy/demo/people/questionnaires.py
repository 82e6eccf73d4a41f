"""Questions asked more than once: how somebody is, and how good a job is.

The four questions on personal well-being are those of the Office for National Statistics; the items
on good work follow the measures proposed by Carnegie UK and the RSA.
"""

import random
from typing import Final

from schemas.blocks import Answer, Wellbeing

FIRST_WAVE: Final = 0
SECOND_WAVE: Final = 13
"""Weeks since the start."""

ONS_4: Final = ("satisfaction", "worthwhile", "happiness", "anxiety")
GOOD_WORK: Final = (
    "job-security",
    "enough-hours",
    "satisfaction-with-pay",
    "use-of-skills",
    "line-manager",
    "work-life-balance",
)

_HIGHEST: Final = 10
_MIDDLE: Final = 5.0
_SPREAD: Final = 2.0


def ons_4(chance: random.Random, wave: int, change: int) -> Wellbeing:
    """Return answers from 0 to 10, better by `change` points than a start in the middle.

    Anxiety is the one question where less is better.
    """
    return Wellbeing(
        answers=tuple(
            Answer(
                instrument="ons-4",
                item=item,
                score=_score(chance, -change if item == "anxiety" else change),
                scale_min=0.0,
                scale_max=float(_HIGHEST),
                wave=wave,
            )
            for item in ONS_4
        )
    )


def good_work(chance: random.Random, wave: int) -> Wellbeing:
    """Return answers about a job, from 1 (poor) to 5 (good)."""
    return Wellbeing(
        answers=tuple(
            Answer(
                instrument="good-work",
                item=item,
                score=float(chance.randint(1, 5)),
                scale_min=1.0,
                scale_max=5.0,
                wave=wave,
            )
            for item in GOOD_WORK
        )
    )


def _score(chance: random.Random, change: int) -> float:
    score = round(chance.gauss(_MIDDLE, _SPREAD)) + change
    return float(min(_HIGHEST, max(0, score)))
