"""Tells what is new or has changed since the last accepted return of a provider.

An ILR return is a full snapshot, so only the difference is published. For each event the snapshot
holds its id, a keyed digest of its content and its revision; nothing personal. An event that has
gone from the return is reported, not retracted: the college may have left somebody out by mistake.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from producers.ilr.years import AcademicYear


class ItemKind(StrEnum):
    """What an item of the snapshot is."""

    ENROLMENT = "enrolment"
    OUTCOME = "outcome"


class Verdict(StrEnum):
    """How an item compares with the snapshot."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    """A later year's return holds it already: this one is history."""


@dataclass(frozen=True, slots=True)
class Item:
    """An event as the snapshot knows it."""

    event_id: str
    kind: ItemKind
    digest: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """What the snapshot holds of an item."""

    digest: bytes
    revision: int
    year: AcademicYear


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on an item, the revision it has, and whether it has to be published."""

    verdict: Verdict
    revision: int
    is_due: bool


def judge(item: Item, stored: Stored | None, year: AcademicYear, unfinished: int) -> Finding:
    """Compare an item of a year's return with what is stored.

    `unfinished` counts the imports since the last accepted one that may have published something
    and did not end. Nobody knows what they sent, so then everything is due again, with a revision
    higher than any they can have used.
    """
    if stored is None:
        return Finding(Verdict.NEW, 1 + unfinished, is_due=True)
    if stored.year > year:
        return Finding(Verdict.SUPERSEDED, stored.revision, is_due=False)
    verdict = Verdict.UNCHANGED if stored.digest == item.digest else Verdict.CHANGED
    if verdict is Verdict.UNCHANGED and not unfinished:
        return Finding(verdict, stored.revision, is_due=False)
    return Finding(verdict, stored.revision + 1 + unfinished, is_due=True)


class SnapshotSession(Protocol):
    """One import against the snapshot. Unless it is accepted, it leaves the snapshot as it was."""

    def compare(self, items: Sequence[Item]) -> list[Finding]:
        """Compare items and remember them as seen."""
        ...

    def hold(self, event_ids: Sequence[str]) -> None:
        """Remember what is in the return and was set aside: it has not gone."""
        ...

    def vanished(self) -> dict[ItemKind, tuple[str, ...]]:
        """Return the event ids that the last accepted return of this year held, and this lacks."""
        ...

    def publishing(self) -> None:
        """Say, before the first event is sent, that some will be: kept even if the import fails."""
        ...

    def accept(self) -> None:
        """Store the snapshot: everything due has been sent."""
        ...


class SnapshotStore(Protocol):
    """Keeps the snapshots of all providers."""

    def begin(
        self, provider_id: str, year: AcademicYear, prepared_at: datetime
    ) -> AbstractContextManager[SnapshotSession]:
        """Open the snapshot of one provider for one import; nobody else may meanwhile.

        Raises:
            ImportInProgressError: somebody else does.
            ReturnRefusedError: a return of this year that was prepared later has been accepted.

        """
        ...
