"""The back-off between restarts. It never gives up: a database may be away for an hour at night."""

from typing import Final

WAITS_SECONDS: Final = (0.1, 1.0, 4.0, 10.0)
"""Before each restart in a row; the last of them again and again."""
LONG_ENOUGH_SECONDS: Final = 5.0
"""A child that ran this long begins a new row: one that cannot run ends sooner."""


class Restarts:
    """Counts the ends in a row of one child. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._in_a_row = 0
        self._started_at = 0.0

    def started(self, now: float) -> None:
        """Note that it runs."""
        self._started_at = now

    def reset_backoff(self) -> None:
        """Begin a new row."""
        self._in_a_row = 0

    def ended(self, now: float) -> float:
        """Note that it ended, or did not start; return the seconds to wait."""
        if self._started_at and now - self._started_at >= LONG_ENOUGH_SECONDS:
            self._in_a_row = 0
        self._started_at = 0.0
        self._in_a_row += 1
        return WAITS_SECONDS[min(self._in_a_row, len(WAITS_SECONDS)) - 1]
