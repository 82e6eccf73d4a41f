"""The year in which the demo's people come to a door: the teaching year 2025-26."""

import random
from datetime import date, timedelta
from typing import Final

FIRST_DAY: Final = date(2025, 9, 1)
"""Nobody came before."""

LAST_FIRST_VISIT: Final = date(2026, 4, 30)
"""Nobody new comes after, so that there is time for something to follow."""

AS_OF: Final = date(2026, 6, 30)
"""The day on which the story is told, unless another is given. What is later has not happened."""


_TO_MONDAY: Final = (0, 0, 0, 0, 0, 2, 1)


def later(chance: random.Random, day: date, least: int, most: int) -> date:
    """Return a working day so many days after another one, or on the Monday after that."""
    reached = day + timedelta(days=chance.randint(least, most))
    return reached + timedelta(days=_TO_MONDAY[reached.weekday()])
