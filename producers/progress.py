"""How far an import has come, for a progress bar."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class ImportStage(StrEnum):
    """The two passes through the file."""

    CHECKING = "checking"
    IMPORTING = "importing"

    def at(self, done: int, total: int | None = None) -> "ImportProgress":
        """Return the progress in this stage, in records."""
        return ImportProgress(self, done, total)


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """The number of records done, and of all; `total` is known once the file has been checked."""

    stage: ImportStage
    done: int
    total: int | None


OnProgress = Callable[[ImportProgress], None]
