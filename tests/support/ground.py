"""The seam of the conformance suites: one database, PostgreSQL's or the one in memory.

What passes on both may be played on either: histories, properties, whole buses.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from consent_ledger.audit.stored_facts import StoredFacts
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.transaction import LedgerTransaction
from consent_ledger.filter.event_log import EventLog
from consent_ledger.filter.shards import divide
from consent_ledger.filter.store import Store, Waiting
from consent_ledger.filter.sweep import Sweep
from consent_ledger.ledger.ledger import ChangeRow
from consent_ledger.register.passport_numbers import ParticipantRow
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber
from tests.support.fakes import ManualClock
from tests.support.memory.database import ShardRow


def _no_log(shard_id: int) -> EventLog:
    raise AssertionError(f"shard {shard_id} has no log")


class Ground(ABC):
    """A database with shards; `clock` is the ledger's."""

    clock: ManualClock
    store: Store

    @abstractmethod
    def begin(self) -> AbstractContextManager[LedgerTransaction]:
        """Begin a unit of work: committed when the block ends, undone by an exception."""

    @abstractmethod
    def facts(self) -> AbstractContextManager[StoredFacts]:
        """Give what the audit reads."""

    @property
    @abstractmethod
    def leaves(self) -> Sequence[bytes]:
        """Every leaf of the ledger, in order."""

    @property
    @abstractmethod
    def participants(self) -> Mapping[PassportNumber, ParticipantRow]:
        """Every participant, by number."""

    @property
    @abstractmethod
    def shards(self) -> Mapping[int, ShardRow]:
        """The progress of each shard that there is now."""

    @property
    @abstractmethod
    def waiting(self) -> Mapping[Waiting, datetime]:
        """What waits for a tray's next batch, and since when."""

    @property
    @abstractmethod
    def sweeps(self) -> Sequence[Sweep]:
        """What is still swept: not what a shard that is retired has left of everybody to others."""

    def share_out(
        self, partitions: int, shards: int, open_log: Callable[[int], EventLog] = _no_log
    ) -> None:
        """Divide the partitions among so many shards; `open_log` opens those of earlier ones."""
        divide(self.store, open_log, partitions=partitions, shards=shards, now=self.clock())

    @abstractmethod
    def add_person(self, row: ParticipantRow, sealed_key: bytes) -> None:
        """Write an active participant as if registered long ago: no entry says so."""

    @abstractmethod
    def forget_positions(self, partitions: Collection[int]) -> None:
        """Lose the positions in these partitions of every topic."""

    @abstractmethod
    def bring_back(
        self, number: PassportNumber, sealed_key: bytes, standings: Mapping[AgreementId, Standing]
    ) -> None:
        """Write key and standings of a person erased, as an old backup would."""

    @abstractmethod
    def take_away_again(self, number: PassportNumber) -> None:
        """Take away what was brought back."""

    @abstractmethod
    def text_beside(self, number: PassportNumber) -> bytes:
        """Return every row of every table but terms, leaves and this participant's own."""

    def record(
        self,
        kind: str,
        participant_id: PassportNumber | None = None,
        partition: int | None = None,
        *,
        agreement_id: AgreementId | None = None,
        with_seq: LedgerIndex | None = None,
    ) -> LedgerIndex:
        """Append an entry with its row in the feed, and return its number."""
        with self.begin() as tx:
            (seq,) = tx.append([b"{}"])
            row = ChangeRow(
                seq, kind, participant_id, partition, agreement_id, None, with_seq, self.clock()
            )
            tx.add_changes([row])
        return seq
