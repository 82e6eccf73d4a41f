"""The year in which the demo's people come to a door: the teaching year 2025-26."""

import random
from datetime import date, timedelta
from typing import Final

FIRST_DAY: Final = date(2025, 9, 1)
"""Nobody came before."""

LAST_FIRST_VISIT: Final = date(2026, 4, 30)
"""The last first visit, so that there is time for something to follow."""

AS_OF: Final = date(2026, 6, 30)
"""The day of the story, unless another is given. What is later has not happened."""

_TO_MONDAY: Final = (0, 0, 0, 0, 0, 2, 1)


def later(chance: random.Random, day: date, least: int, most: int) -> date:
    """Return a day `least` to `most` days later, or the Monday after a weekend day."""
    reached = day + timedelta(days=chance.randint(least, most))
    return reached + timedelta(days=_TO_MONDAY[reached.weekday()])
