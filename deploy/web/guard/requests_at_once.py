"""How many requests of one credential, or of all who have none, are answered at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from deploy.web.guard.problems import ProblemError

RETRY_SECONDS: Final = 1


class RequestsAtOnce:
    """Counts the requests of each credential that are being answered."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._now: Counter[str] = Counter()

    @contextmanager
    def counted(self, credential: str) -> Iterator[None]:
        """Count a request while the block runs; ProblemError 429 where there are enough."""
        if self._now[credential] >= self._most:
            raise ProblemError(
                429,
                f"{self._most:,} requests of this kind are being answered.",
                "Wait for one of them, or ask for less waiting (wait_seconds).",
                retry_after=str(RETRY_SECONDS),
            )
        self._now[credential] += 1
        try:
            yield
        finally:
            self._now[credential] -= 1
            if not self._now[credential]:
                del self._now[credential]
