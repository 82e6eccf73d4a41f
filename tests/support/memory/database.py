"""A database in memory: its tables, and transactions that are undone as a whole.

What is built on it passes the same conformance suites as PostgreSQL.
"""

from collections import Counter
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.consent.decisions import Standing
from consent_ledger.filter.store import Enforced, EventKey, Waiting
from consent_ledger.filter.sweep import Sweep
from consent_ledger.journal.disclosures import NewDisclosure
from consent_ledger.journal.journal import JournalRow
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.ledger.ledger import ChangeRow
from consent_ledger.register.look_ups import Reply
from consent_ledger.register.match_keys import MatchKey
from consent_ledger.register.passport_numbers import NumberPair, ParticipantRow
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ProviderId, TopicName

T = TypeVar("T")


@dataclass
class ShardRow:
    """A shard's progress."""

    partitions: tuple[int, ...]
    next_seq: int
    checked_at: datetime
    decided_until: datetime
    epoch: int = 0
    open_turn: int | None = None
    is_retired: bool = False


@dataclass
class MemoryDatabase:
    """The tables. Whoever writes within a transaction leaves an undo for a rollback."""

    terms: AgreementsInForce
    participants: dict[PassportNumber, ParticipantRow] = field(default_factory=dict)
    keys: dict[PassportNumber, bytes] = field(default_factory=dict)
    letter_keys: dict[str, bytes] = field(default_factory=dict)
    epochs: set[bytes] = field(default_factory=set)
    references: dict[tuple[ProviderId, bytes], PassportNumber] = field(default_factory=dict)
    erased_references: set[bytes] = field(default_factory=set)
    look_ups: list[tuple[ProviderId, PassportNumber, Reply]] = field(default_factory=list)
    match_keys: set[tuple[MatchKey, PassportNumber]] = field(default_factory=set)
    kept_identities: dict[tuple[PassportNumber, bytes], bytes] = field(default_factory=dict)
    tellings: int = 0
    telling_numbers: dict[tuple[PassportNumber, bytes], int] = field(default_factory=dict)
    searched_upto: int = 0
    two_people: dict[NumberPair, LedgerIndex] = field(default_factory=dict)
    counted_values: Counter[bytes] = field(default_factory=Counter)
    standings: dict[PassportNumber, dict[AgreementId, Standing]] = field(default_factory=dict)
    leaves: list[bytes] = field(default_factory=list)
    changes: list[ChangeRow] = field(default_factory=list)
    journal: dict[EventKey, dict[int, JournalRow]] = field(default_factory=dict)
    events_by_person: dict[PassportNumber, set[EventKey]] = field(default_factory=dict)
    disclosures: dict[EventKey, list[tuple[int, NewDisclosure]]] = field(default_factory=dict)
    waiting: dict[Waiting, datetime] = field(default_factory=dict)
    shards: dict[int, ShardRow] = field(default_factory=dict)
    sweeps: dict[int, Sweep] = field(default_factory=dict)
    sweeps_begun: int = 0
    aborted_turns: set[int] = field(default_factory=set)
    positions: dict[tuple[TopicName, int], int] = field(default_factory=dict)
    enforcement: dict[int, Enforced] = field(default_factory=dict)
    turns: int = 0
    undo: list[Callable[[], object]] = field(default_factory=list)

    def transaction(self, given: T) -> "_Block[T]":
        """Give something for a block; undo what was written in it if an exception ends it."""
        return _Block(self, given)

    def keep(self, *tables: str) -> None:
        """Put whole tables back at a rollback."""
        before = {name: copy(getattr(self, name)) for name in tables}
        self.undo.append(lambda: vars(self).update(before))

    def erasures(self) -> dict[PassportNumber, LedgerIndex]:
        """Return the entry that erased each participant whose erasure is not finished."""
        return {
            one.participant_id: one.seq
            for one in self.changes
            if one.kind == EntryKind.ERASED.value and one.participant_id is not None
        }


class _Block(Generic[T]):
    """A transaction, as a context manager: written out, since there are many in each history."""

    def __init__(self, database: MemoryDatabase, given: T) -> None:
        self._database = database
        self._given = given

    def __enter__(self) -> T:
        self._outer, self._database.undo = self._database.undo, []
        return self._given

    def __exit__(self, kind: object, *_: object) -> None:
        database = self._database
        if kind is not None:
            for take_back in reversed(database.undo):
                take_back()
        database.undo = self._outer
