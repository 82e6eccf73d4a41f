"""What the filter needs of a database: PostgreSQL, or one in memory.

The filter reads people and consent within the transaction in which it decides.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple, Protocol, Self

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.filter.people import PersonRow
from consent_ledger.filter.sweep import ALL_EVENTS, Part, Sweep
from consent_ledger.journal.disclosures import Disclosed, NewDisclosure, TrayPlace
from consent_ledger.journal.journal import JournalRow, Known, SealedEvent
from consent_ledger.ledger.enforcement import Cost
from consent_ledger.ledger.entries import EntryKind
from schemas.errors import BusError
from schemas.identifiers import (
    AgreementId,
    EventId,
    LedgerIndex,
    PassportNumber,
    ServiceId,
    TopicName,
)

EventKey = tuple[PassportNumber, EventId]
"""Participant and event id."""


class FencedError(BusError):
    """Another process has acquired a shard: this one stops, and has written nothing."""

    def __init__(self, shard_id: int) -> None:
        super().__init__(
            f"Shard {shard_id} was taken over by another process.",
            "Nothing is wrong if that was intended. Only one filter runs a shard.",
        )


@dataclass(frozen=True)
class ShardLease:
    """A shard as the process that acquired it found it; a later lease has a higher epoch.

    `begins` has its partitions, each with the first entry that no earlier shard carried out there.
    """

    shard_id: int
    epoch: int
    begins: Mapping[int, LedgerIndex]

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions that the shard writes."""
        return tuple(self.begins)


@dataclass(frozen=True)
class Cursor:
    """How far the ledger is enforced: up to an entry (excluded), and expiries up to a moment.

    A turn that was cut short may have decided for an earlier moment, if a clock was set back, or
    for a later one: `checked_at` is the earliest, `decided_until` the latest.
    """

    next_seq: LedgerIndex
    checked_at: datetime
    decided_until: datetime

    def after_deciding_for(self, now: datetime) -> Self:
        """Return it once something, and not all there is, was decided for a moment."""
        return replace(
            self,
            checked_at=min(self.checked_at, now),
            decided_until=max(self.decided_until, now),
        )


@dataclass(frozen=True)
class ShardState:
    """A shard as stored. One that is retired wrote its partitions before others took them.

    `sweeps` are those of everybody that it has not come to the end of.
    """

    shard_id: int
    partitions: tuple[int, ...]
    cursor: Cursor
    is_retired: bool = False
    sweeps: tuple[Sweep, ...] = ()

    @property
    def of_everybody(self) -> Cursor:
        """How far it has enforced what concerns everybody: not what is still swept."""
        return Cursor(
            min([self.cursor.next_seq, *(seq for sweep in self.sweeps for seq in sweep.seqs)]),
            min([self.cursor.checked_at, *(sweep.since for sweep in self.sweeps)]),
            max([self.cursor.decided_until, *(sweep.until for sweep in self.sweeps)]),
        )


@dataclass(frozen=True)
class Enforced:
    """One entry of the ledger, enforced, with what it cost under each agreement.

    `shard_id` is the shard that came past it.
    """

    seq: LedgerIndex
    cost: Mapping[AgreementId, Cost]
    shard_id: int


class FeedEntry(NamedTuple):
    """One entry of the ledger, by what it concerns."""

    seq: LedgerIndex
    kind: EntryKind
    participant_id: PassportNumber | None
    agreement_id: AgreementId | None
    service_id: ServiceId | None
    recorded_at: datetime


class Waiting(NamedTuple):
    """An event that an agreement's tray is to show with its next batch."""

    participant_id: PassportNumber
    event_id: EventId
    agreement_id: AgreementId


class FilterTransaction(Protocol):
    """One transaction: all of it counts, or nothing."""

    def shards(self) -> list[ShardState]:
        """Return every shard that there is or was, in the order of their numbers."""

    def replace_shards(self, new: Sequence[ShardState]) -> None:
        """Retire every shard that there is, and add others, whose numbers were never used."""

    def acquire(self, shard_id: int) -> ShardLease:
        """Acquire a shard; the process that held it is fenced once this is committed.

        Raises BusError when there is no such shard, or it is retired.
        """

    def fence(self, lease: ShardLease) -> Cursor:
        """Lock the shard and return its cursor; FencedError when another process acquired it."""

    def positions_of(
        self, topics: Sequence[TopicName], partitions: Sequence[int]
    ) -> dict[tuple[TopicName, int], int | None]:
        """Return where to go on in each partition of these topics; None where nothing was read."""

    def last_change_of_terms(self) -> LedgerIndex | None:
        """Return the newest entry that changed an agreement or a service."""

    def agreements_in_force(self) -> AgreementsInForce:
        """Return the agreements, services and providers in force."""

    def changes_since(
        self, cursor: Cursor, begins: Mapping[int, LedgerIndex]
    ) -> tuple[list[FeedEntry], LedgerIndex]:
        """Return the entries that concern these partitions, and the first number not yet read.

        Of a partition's own, those from where it begins; of what concerns everybody, all.
        """

    def entries(self, seqs: Collection[LedgerIndex]) -> list[FeedEntry]:
        """Return these entries of the feed, in their order."""

    def people_with_events(
        self,
        partitions: Sequence[int],
        services: Collection[ServiceId] | None,
        after: PassportNumber,
    ) -> list[PassportNumber]:
        """Return the next participants behind one who have events, of these services, if given.

        There are so many at most as are looked at together, and none behind the last one. Among
        them are those whose erasure was recorded since: what they still have in a tray must not
        outlast what is being carried out.
        """

    def event_counts(
        self, participant_ids: Collection[PassportNumber], most: int
    ) -> dict[PassportNumber, int]:
        """Return how many events the journal has of each participant: so many at most.

        Revisions of an event are one: how often it was corrected must not show in how work is
        divided.
        """

    def end_of_part(
        self, participant_id: PassportNumber, after: EventId | None, count: int
    ) -> EventId | None:
        """Return the last of so many events behind one, None where there are no more than those."""

    def sweeps(self, lease: ShardLease) -> list[Sweep]:
        """Return what a shard is to sweep, in the order in which it began: single people first."""

    def expired_since(
        self, since: datetime, until: datetime, partitions: Sequence[int]
    ) -> list[tuple[PassportNumber, AgreementId]]:
        """Return participant and agreement of each grant that ran out in between."""

    def people(
        self, participant_ids: Collection[PassportNumber]
    ) -> Mapping[PassportNumber, PersonRow]:
        """Return participants as stored at this moment; numbers never issued are left out."""

    def known_events(self, events: Collection[EventKey]) -> dict[EventKey, Known]:
        """Return what the journal has of these events."""

    def add_to_journal(self, rows: Iterable[JournalRow]) -> None:
        """Add rows, none of which may be there already.

        They are asked for one by one while those before are written: what yields them may not use
        this transaction.
        """

    def sealed_events_of(
        self, participant_ids: Collection[PassportNumber], part: Part = ALL_EVENTS
    ) -> list[SealedEvent]:
        """Return the events of participants in their highest revision."""

    def last_disclosed(
        self, events: Collection[EventKey]
    ) -> dict[EventKey, dict[TrayPlace, Disclosed]]:
        """Return the last disclosure of these events, by place."""

    def disclosed_of(
        self, participant_ids: Collection[PassportNumber], part: Part = ALL_EVENTS
    ) -> list[EventKey]:
        """Return every event of these participants that was ever disclosed."""

    def erasures_of(
        self, participant_ids: Collection[PassportNumber]
    ) -> dict[PassportNumber, LedgerIndex]:
        """Return the entry that erased each of them, as long as the erasure is not finished."""

    def key_epochs(self) -> set[bytes]:
        """Return the epochs of the journal keys that a key may be sealed under."""

    def keep_letter_keys(self, new: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """Keep sealed keys of dead letters by origin; return them: one that has a key keeps it."""

    def open_turn(self, lease: ShardLease, now: datetime) -> int:
        """Open a turn and return its number, higher than that of every turn before.

        What it sends is decided for `now`: the cursor's moments reach so far from here on, until
        a turn is closed.
        """

    def add_disclosures(self, turn: int, rows: Iterable[NewDisclosure]) -> None:
        """Write down what a turn is about to send; the rows are asked for one by one, too."""

    def add_waiting(self, rows: Collection[Waiting], now: datetime) -> None:
        """Let events wait, from now on unless they wait already."""

    def waiting_outside(
        self, agreement_id: AgreementId, begun: datetime, end: datetime, partitions: Sequence[int]
    ) -> list[PassportNumber]:
        """Return the participants of whom something waits that did not begin to in between."""

    def waiting_of(
        self, participant_ids: Collection[PassportNumber], agreement_ids: Collection[AgreementId]
    ) -> list[Waiting]:
        """Return what waits of these participants under these agreements."""

    def close_turn(
        self,
        lease: ShardLease,
        positions: Mapping[tuple[TopicName, int], int],
        cursor: Cursor,
        enforced: Sequence[Enforced],
        settled: Collection[Waiting] = (),
        *,
        begun: Sequence[Sweep] = (),
        swept: Sweep | None = None,
    ) -> None:
        """Close the open turn: all it sent is acknowledged, so the shard goes on behind it.

        What is settled waits no longer, new sweeps begin, and one goes on from where it is said to
        be, or is over. Not before: a turn that is cut short is done again.
        """


class Store(Protocol):
    """Gives transactions."""

    def begin(self) -> AbstractContextManager[FilterTransaction]:
        """Begin a transaction: committed when the block ends, rolled back by an exception."""
