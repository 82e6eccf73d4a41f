"""Questions asked more than once: how a person is, and how good a job is.

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
    scores = {item: _score(chance, -change if item == "anxiety" else change) for item in ONS_4}
    return _wellbeing("ons-4", wave, scores, (0, _HIGHEST))


def good_work(chance: random.Random, wave: int) -> Wellbeing:
    """Return answers about a job, from 1 (poor) to 5 (good)."""
    return _wellbeing("good-work", wave, {item: chance.randint(1, 5) for item in GOOD_WORK}, (1, 5))


def _wellbeing(
    instrument: str, wave: int, scores: dict[str, int], scale: tuple[int, int]
) -> Wellbeing:
    return Wellbeing(
        answers=tuple(
            Answer(
                instrument=instrument,
                item=item,
                score=float(score),
                scale_min=float(scale[0]),
                scale_max=float(scale[1]),
                wave=wave,
            )
            for item, score in scores.items()
        )
    )


def _score(chance: random.Random, change: int) -> int:
    return min(_HIGHEST, max(0, round(chance.gauss(_MIDDLE, _SPREAD)) + change))
