"""How long to wait before what ended is started again. It always is: nobody may be there to do it.

A database on another machine may be away for an hour in the night; when it is back, so is the bus.
"""

from typing import Final

WAITS_SECONDS: Final = (0.1, 1.0, 4.0, 10.0)
"""Before each start in a row; the last of them again and again."""
LONG_ENOUGH_SECONDS: Final = 5.0
"""Who ran for so long begins a new row: what cannot run says so sooner."""


class Restarts:
    """Counts the ends in a row of one child. Times are seconds that only grow."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._started_at = 0.0

    def started(self, now: float) -> None:
        """Note that it runs."""
        self._started_at = now

    def excuse(self) -> None:
        """Begin a new row: what ends next has ended for want of something else."""
        self._in_a_row = 0

    def ended(self, now: float) -> float:
        """Note that it ended, or did not start; return how many seconds to wait."""
        if self._started_at and now - self._started_at >= LONG_ENOUGH_SECONDS:
            self._in_a_row = 0
        self._started_at = 0.0
        self._in_a_row += 1
        return WAITS_SECONDS[min(self._in_a_row, len(WAITS_SECONDS)) - 1]
