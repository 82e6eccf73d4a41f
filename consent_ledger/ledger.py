"""Recording: an entry in the transparency log, and in the feed that the filter reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, insert, text

from consent_ledger import transparency_log
from consent_ledger.clock import Clock
from consent_ledger.entries import Kind, leaf
from consent_ledger.note_keys import SigningKey
from consent_ledger.tables.consent import change

CHANNEL: Final = "nwd_ledger"
"""The NOTIFY channel that wakes an idle filter. Its payload is empty."""


@dataclass(frozen=True)
class Subject:
    """The participant an entry is about: by pseudonym in the leaf, by number in the feed."""

    participant_id: str
    ledger_id: UUID
    partition: int


@dataclass(frozen=True)
class NewEntry:
    """An entry to be recorded. `facts` go into the leaf and hold no personal value."""

    kind: Kind
    subject: Subject | None = None
    agreement_id: str | None = None
    service_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

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


class Ledger:
    """Appends entries in the caller's transaction, signed with the bus's key."""

    def __init__(self, key: SigningKey, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def record(self, connection: Connection, new: Sequence[NewEntry]) -> range:
        """Append entries and return their sequence numbers.

        The head row stays locked until the transaction ends, so numbers are in commit order: who
        has read the feed up to a number has missed nothing below it.
        """
        if not new:
            return range(0)
        at = self._clock()
        seqs = transparency_log.append(connection, [entry.leaf(at) for entry in new], self._key)
        connection.execute(
            insert(change),
            [
                {
                    "seq": seq,
                    "kind": entry.kind.value,
                    "participant_id": entry.subject.participant_id if entry.subject else None,
                    "partition": entry.subject.partition if entry.subject else None,
                    "agreement_id": entry.agreement_id,
                    "service_id": entry.service_id,
                    "recorded_at": at,
                }
                for seq, entry in zip(seqs, new, strict=True)
            ],
        )
        connection.execute(text(f"NOTIFY {CHANNEL}"))
        return seqs
