"""Compares an upload with the last accepted one of its provider and collection.

Such a source is uploaded whole each time, so only the difference is published. A collection is
what one upload replaces, an academic year for instance. Where an event is in two of them, the one
whose name sorts later as text holds it.

For each event the snapshot holds its id, a keyed digest of its content and its revision; nothing
personal. An event that is no longer in the upload is reported, and it is not retracted: the
provider may have left a person out by mistake.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from schemas.identifiers import EventId, ProviderId


class ItemKind(StrEnum):
    """What an item of the snapshot is, by the type of its event."""

    REFERRAL = "referral"
    ENROLMENT = "enrolment"
    OUTCOME = "outcome"

    __hash__ = str.__hash__  # events are counted by it: that of an enumeration is slow


class Verdict(StrEnum):
    """How an item compares with the snapshot."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    """A later collection holds it already, so this one is history."""

    __hash__ = str.__hash__  # the same


class Item(NamedTuple):
    """An event as the snapshot knows it."""

    event_id: EventId
    kind: ItemKind
    digest: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """What the snapshot holds of an item."""

    digest: bytes
    revision: int
    collection: str


class Finding(NamedTuple):
    """The verdict on an item, the revision it has, and whether it has to be published."""

    verdict: Verdict
    revision: int
    is_due: bool


def judge(item: Item, stored: Stored | None, collection: str, unfinished: int) -> Finding:
    """Compare an item of a collection with what is stored of it.

    `unfinished` counts the imports since the last accepted one that may have published something
    and did not end. What they sent is unknown, so everything is due again, with a revision higher
    than any that they can have used.
    """
    if stored is None:
        return Finding(Verdict.NEW, 1 + unfinished, is_due=True)
    if stored.collection > collection:
        return Finding(Verdict.SUPERSEDED, stored.revision, is_due=False)
    verdict = Verdict.UNCHANGED if stored.digest == item.digest else Verdict.CHANGED
    if verdict is Verdict.UNCHANGED and not unfinished:
        return Finding(verdict, stored.revision, is_due=False)
    return Finding(verdict, stored.revision + 1 + unfinished, is_due=True)


class SnapshotSession(Protocol):
    """One import against the snapshot. Unless it is accepted, it leaves the snapshot as it was."""

    def latest(self, *, of: str) -> str | None:
        """Return the latest collection, of those that begin so, of which one was accepted."""

    def compare(self, items: Sequence[Item]) -> list[Finding]:
        """Compare items and remember them as seen."""

    def stored(self, event_ids: Sequence[EventId]) -> set[EventId]:
        """Return which of these events an accepted upload, or this one, has told of."""

    def hold(self, event_ids: Sequence[str]) -> None:
        """Remember events whose records are in the upload and were refused: they have not gone."""

    def vanished(self) -> dict[ItemKind, tuple[str, ...]]:
        """Return the event ids of the last accepted upload that this one lacks: by kind, sorted."""

    def publishing(self) -> None:
        """Note, before the first event is sent, that some will be. A failed import keeps it."""

    def accept(self) -> None:
        """Store the snapshot, once everything due has been sent."""


class SnapshotStore(Protocol):
    """Keeps the snapshots of all providers."""

    def begin(
        self, provider_id: ProviderId, collection: str, prepared_at: datetime
    ) -> AbstractContextManager[SnapshotSession]:
        """Open the snapshot of one provider for one import, which keeps other imports out.

        Raises:
            UploadInProgressError: another import of the provider has it open.
            OutdatedUploadError: one of this collection that was prepared later has been accepted.

        """
