"""The options of the demo."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.demo.people.person import SEED

FEWEST_PARTICIPANTS: Final = 20
"""With fewer a door might have no visitor."""
MOST_PARTICIPANTS: Final = 100_000
USUAL_PARTICIPANTS: Final = 200
"""So that the whole story takes about half a minute on two cores."""


@dataclass(frozen=True)
class Options:
    """How many people to make up, by which seed; `ilr` is a return to take instead of our own."""

    participants: int = USUAL_PARTICIPANTS
    seed: int = SEED
    ilr: Path | None = None
