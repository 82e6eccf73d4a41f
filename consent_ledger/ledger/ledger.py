"""Recording: an entry in the transparency log, and in the feed that the filter reads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from consent_ledger.ledger.clock import Clock
from consent_ledger.ledger.entries import Kind, leaf
from consent_ledger.transaction import ChangeRow, Records

Handle = TypeVar("Handle")

CHANGES_NOTHING: Final = frozenset({Kind.DISCLOSED, Kind.KEY})
"""Kinds of entries that are not in the feed: no tray has to be given anything because of them."""


@dataclass(frozen=True)
class Subject:
    """The participant an entry is about: by pseudonym in the leaf, by number in the feed."""

    participant_id: str
    ledger_id: UUID
    partition: int


@dataclass(frozen=True)
class NewEntry:
    """An entry to be recorded. `facts` go into the leaf and hold no personal value.

    `is_part`: of the change that the first entry recorded with it stands for, such as one said of
    all numbers of a person. It is known by the first, and enforced when all its parts are.
    """

    kind: Kind
    subject: Subject | None = None
    agreement_id: str | None = None
    service_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    is_part: bool = False

    def leaf(self, at: datetime) -> bytes:
        """Return the entry's leaf."""
        about = {
            "subject": str(self.subject.ledger_id) if self.subject else None,
            "agreement": self.agreement_id,
            "service": self.service_id,
        }
        return leaf(
            self.kind, at, **{k: v for k, v in about.items() if v is not None}, **self.facts
        )


class Ledger(Generic[Handle]):
    """Records entries in the caller's transaction, which is known by a handle.

    `records_of` gives the rows of a transaction: for PostgreSQL the handle is a connection.
    """

    def __init__(self, records_of: Callable[[Handle], Records], clock: Clock) -> None:
        self.records_of = records_of
        self._clock = clock

    def record(self, handle: Handle, new: Sequence[NewEntry]) -> range:
        """Append entries and return their sequence numbers.

        Numbers are in commit order: who has read the feed up to one has missed nothing below it.
        """
        if not new:
            return range(0)
        at = self._clock()
        records = self.records_of(handle)
        seqs = records.append([entry.leaf(at) for entry in new])
        changes = [
            ChangeRow(
                seq,
                entry.kind.value,
                entry.subject.participant_id if entry.subject else None,
                entry.subject.partition if entry.subject else None,
                entry.agreement_id,
                entry.service_id,
                seqs[0] if entry.is_part else None,
                at,
            )
            for seq, entry in zip(seqs, new, strict=True)
            if entry.kind not in CHANGES_NOTHING
        ]
        if changes:
            records.add_changes(changes)
        return seqs
