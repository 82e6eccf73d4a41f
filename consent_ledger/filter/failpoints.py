"""Named places where a test, or an operator's drill, may end the filter's process."""

from collections.abc import Callable
from enum import StrEnum


class TurnStep(StrEnum):
    """A place between two steps of a turn."""

    AFTER_READ = "after-read"
    BEFORE_JOURNAL = "before-journal"
    AFTER_JOURNAL = "after-journal"
    AFTER_APPEND = "after-append"
    BEFORE_POSITIONS = "before-positions"
    AFTER_POSITIONS = "after-positions"


Failpoint = Callable[[TurnStep], None]


def no_failpoint(_: TurnStep) -> None:
    """Go on."""
