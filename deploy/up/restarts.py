"""When what ended is started again, and when that is given up."""

from typing import Final

WAITS_SECONDS: Final = (0.1, 1.0, 4.0, 10.0)
"""Before each start in a row; who ends once more after the last of them is given up."""
LONG_ENOUGH_SECONDS: Final = 60.0
"""Who ran for so long begins a new row."""


class Restarts:
    """Counts the ends in a row of one child. Times are seconds that only grow."""

    def __init__(self) -> None:
        self.in_a_row = 0
        self._started_at = 0.0

    def started(self, now: float) -> None:
        """Note that it runs."""
        self._started_at = now

    def ended(self, now: float) -> float | None:
        """Note that it ended, or did not start; return how long to wait, None to give it up."""
        if self._started_at and now - self._started_at >= LONG_ENOUGH_SECONDS:
            self.in_a_row = 0
        self._started_at = 0.0
        self.in_a_row += 1
        if self.in_a_row > len(WAITS_SECONDS):
            return None
        return WAITS_SECONDS[self.in_a_row - 1]
