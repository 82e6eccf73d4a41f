"""What participants said, kept in the plainest way: each entry of the ledger must say the same."""

from datetime import datetime
from typing import NamedTuple

from tests.simulation import cast


class Said(NamedTuple):
    """What somebody has granted under an agreement, until when, and without how many providers."""

    granted: frozenset[str] = frozenset()
    until: datetime | None = None
    left_out: int = 0

    def at(self, now: datetime) -> "Said":
        """Return what is left of it at a moment."""
        return Said() if self.until is not None and self.until <= now else self

    def without(self, categories: frozenset[str]) -> "Said":
        """Return what is left when these are taken back."""
        left = self.granted - categories
        return self._replace(granted=left) if left else Said()


class Model:
    """What everybody said, by participant and agreement."""

    def __init__(self) -> None:
        self.said: dict[tuple[str, str], Said] = {}

    def of(self, participant_id: str, agreement_id: str) -> Said:
        """Return what somebody said about an agreement."""
        return self.said.get((participant_id, agreement_id), Said())

    def agreements_changed(self, version: int) -> None:
        """Take away what the agreements of a version do not ask for any more."""
        for case, one in self.said.items():
            dropped = one.granted - cast.asked_consent_for(version, case[1])
            if dropped:
                self.said[case] = one.without(dropped)

    def erased(self, participant_id: str) -> None:
        """Forget somebody."""
        self.said = {case: one for case, one in self.said.items() if case[0] != participant_id}
