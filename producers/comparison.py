"""How the events of an upload compare with the last accepted one: counted by kind."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from producers.snapshots.snapshot import Finding, ItemKind, Verdict


class Comparison(BaseModel, frozen=True):
    """How the events of one kind compare with the last accepted upload."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    superseded: int = 0
    set_aside: int = 0
    vanished: int = 0


@dataclass(slots=True)
class Verdicts:
    """Counts what was found of each event, and how many of them were published."""

    published: int = 0
    _counts: Counter[tuple[ItemKind, str]] = field(default_factory=Counter)

    def judged(self, kind: ItemKind, finding: Finding) -> None:
        """Count the verdict on one event."""
        self._counts[kind, finding.verdict] += 1
        self.published += finding.is_due

    def set_aside(self, kind: ItemKind, count: int = 1) -> None:
        """Count events of somebody who was set aside."""
        self._counts[kind, "set_aside"] += count

    def of(self, kind: ItemKind, vanished: Mapping[ItemKind, tuple[str, ...]]) -> Comparison:
        """Return the counts of one kind."""
        counts = {verdict.value: self._counts[kind, verdict] for verdict in Verdict}
        aside = self._counts[kind, "set_aside"]
        return Comparison(**counts, set_aside=aside, vanished=len(vanished[kind]))
