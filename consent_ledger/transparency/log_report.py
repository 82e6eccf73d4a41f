"""What verifying the log finds."""

from dataclasses import dataclass
from enum import StrEnum


class LogPart(StrEnum):
    """The part of the log where a fault lies."""

    ENTRY = "entry"
    HEAD = "head"
    CHECKPOINT = "checkpoint"
    TABLE = "table"
    """A table that is made from the entries."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    For entries, `first` and `last` are seqs, and what is wrong is one of these entries or more.
    For a table both are the entry that its row belongs to.
    For the head and for a checkpoint both are the size that it states.
    """

    part: LogPart
    first: int
    last: int
    message: str


@dataclass(frozen=True, slots=True)
class LogReport:
    """`size` and `root` are those of the entries that could be followed; `checkpoints` were met.

    Behind an entry that is altered or missing no root can be judged, so nothing there was.
    """

    size: int
    root: bytes
    checkpoints: int
    faults: tuple[Fault, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.faults
