"""Recording: an entry in the transparency log, and in the feed that the filter reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from consent_ledger.ledger.entries import EntryKind, leaf
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ServiceId

CHANGES_NOTHING: Final = frozenset(
    {
        EntryKind.TOLD_APART,
        EntryKind.DISCLOSED,
        EntryKind.ENFORCED,
        EntryKind.CERTIFIED,
        EntryKind.REPAIRED,
        EntryKind.KEY,
        EntryKind.API_KEY,
        EntryKind.API_KEY_REVOKED,
    }
)
"""Kinds of entries that are not in the feed: no tray has to be given anything because of them."""


@dataclass(frozen=True)
class Subject:
    """The participant an entry is about: by pseudonym in the leaf, by number in the feed."""

    participant_id: PassportNumber
    ledger_id: UUID
    partition: int


@dataclass(frozen=True)
class NewEntry:
    """An entry to be recorded. `facts` go into the leaf and hold no personal value.

    `is_part`: it is a part of the change that the first entry recorded with it begins, such as one
    made for all numbers of a person. The first entry names the change; it is enforced when all its
    parts are.
    """

    kind: EntryKind
    subject: Subject | None = None
    agreement_id: AgreementId | None = None
    service_id: ServiceId | None = None
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


class ChangeRow(NamedTuple):
    """What an entry of the ledger concerns, for the feed that the filter reads.

    `with_seq` is the entry that begins the change of which this one is a part.
    """

    seq: LedgerIndex
    kind: str
    participant_id: PassportNumber | None
    partition: int | None
    agreement_id: AgreementId | None
    service_id: ServiceId | None
    with_seq: LedgerIndex | None
    recorded_at: datetime


class LedgerRows(Protocol):
    """The log and the feed, within one transaction."""

    def now(self) -> datetime:
        """Return the present moment, by the ledger's clock."""

    def append(self, leaves: Sequence[bytes]) -> Sequence[LedgerIndex]:
        """Append leaves to the log and return their indexes, which are in commit order."""

    def add_changes(self, changes: Sequence[ChangeRow]) -> None:
        """Add to the feed, and wake the filter once the transaction is committed."""


def record(tx: LedgerRows, new: Sequence[NewEntry]) -> Sequence[LedgerIndex]:
    """Append entries and return their indexes.

    Indexes are in commit order: a reader of the feed up to one has missed nothing below it.
    """
    if not new:
        return ()
    at = tx.now()
    seqs = tx.append([entry.leaf(at) for entry in new])
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
        tx.add_changes(changes)
    return seqs
