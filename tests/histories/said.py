"""What participants said, kept in the plainest way: each entry of the ledger must say the same."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from schemas.identifiers import AgreementId, PassportNumber
from tests.histories import cast


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


def said_in(entry: Mapping[str, Any]) -> Said:
    """Return what an entry of the ledger says."""
    until = entry["until"] and datetime.fromisoformat(entry["until"])
    return Said(frozenset(entry["granted"]), until, len(entry["except"]))


class Model:
    """What everybody said, by number and agreement; which numbers are one person's."""

    def __init__(self) -> None:
        self.said: dict[tuple[PassportNumber, AgreementId], Said] = {}
        self._merged: dict[PassportNumber, PassportNumber] = {}
        self._opened: dict[PassportNumber, set[AgreementId]] = {}

    def of(self, participant_id: PassportNumber, agreement_id: AgreementId) -> Said:
        """Return what was said of a number about an agreement."""
        return self.said.get((participant_id, agreement_id), Said())

    def say(
        self, participant_id: PassportNumber, agreement_id: AgreementId, said: Said, *, opens: bool
    ) -> None:
        """Say something of one number; `opens`: it may have opened something."""
        self.said[participant_id, agreement_id] = said
        if opens and participant_id in self._merged:
            self._opened[participant_id].add(agreement_id)

    def numbers_of(self, participant_id: PassportNumber) -> list[PassportNumber]:
        """Return the numbers of the person with this one."""
        main = self._merged.get(participant_id, participant_id)
        return [main, *sorted(one for one, into in self._merged.items() if into == main)]

    def merged(self, participant_id: PassportNumber, into: PassportNumber) -> None:
        """Take two numbers for one person's."""
        self._merged[participant_id] = into
        self._opened[participant_id] = set()

    def unmerged(self, participant_id: PassportNumber) -> set[AgreementId]:
        """Take them for two again; return the agreements closed for the one that is parted.

        They are those under which something was opened since.
        """
        del self._merged[participant_id]
        closed = self._opened.pop(participant_id)
        self.said |= {(participant_id, agreement_id): Said() for agreement_id in closed}
        return closed

    def agreements_changed(self, version: int) -> None:
        """Take away what the agreements of a version do not ask for any more."""
        for case, one in self.said.items():
            dropped = one.granted - cast.asked_consent_for(version, case[1])
            if dropped:
                self.said[case] = one.without(dropped)

    def erased(self, participant_id: PassportNumber) -> None:
        """Forget somebody, under all of their numbers."""
        numbers = self.numbers_of(participant_id)
        self.said = {case: one for case, one in self.said.items() if case[0] not in numbers}
        for one in numbers:
            self._merged.pop(one, None)
