"""Waiting by looking again: for what no bell of the database announces."""

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar

from deploy.web.work import Work

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 1.0
AT_ONCE: Final = 2
"""Looks of all who wait: each is a few statements."""

Seen = TypeVar("Seen")


class RepeatedLooks:
    """Looks for those who wait; between two looks nobody holds a thread or a connection."""

    def __init__(self) -> None:
        self._work = Work(AT_ONCE)
        self._has_ended = False

    async def until(
        self, look: Callable[[], Seen], is_enough: Callable[[Seen], bool], timeout_seconds: float
    ) -> Seen:
        """Return what is seen once that is enough, or when time is over, or the looks are ended."""
        until = time.monotonic() + timeout_seconds
        pause = FIRST_PAUSE_SECONDS
        while True:
            seen = await self._work.run(look)
            left = until - time.monotonic()
            if is_enough(seen) or left <= 0 or self._has_ended:
                return seen
            await asyncio.sleep(min(pause, left))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def end(self) -> None:
        """Let all who wait look once more, and go on with that."""
        self._has_ended = True
