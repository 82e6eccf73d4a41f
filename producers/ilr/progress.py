"""How far an import has come, for a progress bar."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    """The two passes through the file."""

    CHECKING = "checking"
    IMPORTING = "importing"

    def at(self, done: int, total: int | None = None) -> "Progress":
        """Return the progress in this stage, in learners."""
        return Progress(self, done, total)


@dataclass(frozen=True, slots=True)
class Progress:
    """The number of learners done, and of all; `total` is known once the file has been checked."""

    stage: Stage
    done: int
    total: int | None


OnProgress = Callable[[Progress], None]
