"""A shard: the one writer of the out-trays for a fixed set of partitions.

A turn reads events, reads what changed in the ledger, computes in one SQL transaction what each
tray must be given, commits that, sends it, and only then moves its positions. What concerns more
events than that is swept, a portion in every other turn. Any exception ends the process; starting
again replays, and replays are harmless.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random, SystemRandom
from typing import Final, NamedTuple, Self

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.filter.agenda import cost_of, costs_of, enforced_by, read_agenda
from consent_ledger.filter.batch import Batch, Preparation, Scope
from consent_ledger.filter.event_log import EventLog
from consent_ledger.filter.failpoints import Failpoint, TurnStep, no_failpoint
from consent_ledger.filter.headers import removal_headers
from consent_ledger.filter.intake import Reason
from consent_ledger.filter.planning import Planner
from consent_ledger.filter.portions import MAX_EVENTS, Portions
from consent_ledger.filter.records import InRecord, OutRecord
from consent_ledger.filter.store import (
    Cursor,
    Enforced,
    EventKey,
    FeedEntry,
    FilterTransaction,
    ShardLease,
    Store,
)
from consent_ledger.filter.sweep import ALL_EVENTS, Part, Sweep
from consent_ledger.filter.ticks import TICK_EVERY, ticks
from consent_ledger.journal.vault import Vault
from consent_ledger.ledger.clock import Clock
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, TopicName
from schemas.trays import in_tray, out_tray

MAX_RECORDS: Final = 2_500
"""Events in one turn: more mean fewer commits, fewer mean that a withdrawal is read sooner."""

CHECK_EVERY: Final = timedelta(seconds=1)
"""How often a shard without events, and not woken, looks for expired grants."""


@dataclass
class TurnReport:
    """What a turn did: counts for metrics, nothing about a person.

    `swept` events were decided about again as a portion of a sweep, and so many `sweeps` are left.
    """

    events: int = 0
    written: Counter[AgreementId] = field(default_factory=Counter)
    retracted: Counter[AgreementId] = field(default_factory=Counter)
    refused: Counter[Reason] = field(default_factory=Counter)
    enforced_after: list[timedelta] = field(default_factory=list)
    next_seq: LedgerIndex | None = None
    swept: int = 0
    sweeps: int | None = None

    def add(self, later: Self) -> None:
        """Count what a later turn did, too."""
        self.events += later.events
        self.written += later.written
        self.retracted += later.retracted
        self.refused += later.refused
        self.enforced_after += later.enforced_after
        self.next_seq = self.next_seq if later.next_seq is None else later.next_seq
        self.swept += later.swept
        self.sweeps = later.sweeps


@dataclass(frozen=True)
class ShardSettings:
    """What a shard is run with. `partitions` is how many every tray has, over all shards.

    `lots` draws the order within a batch, which nobody may foresee.
    """

    shard_id: int
    vault: Vault
    pepper: bytes
    partitions: int
    clock: Clock
    failpoint: Failpoint = no_failpoint
    max_records: int = MAX_RECORDS
    max_events: int = MAX_EVENTS
    check_every: timedelta = CHECK_EVERY
    tick_every: timedelta = TICK_EVERY
    lots: Random = field(default_factory=SystemRandom)


class _Terms(NamedTuple):
    """The terms that a turn decides under, as of the entry that changed them last."""

    seq: LedgerIndex | None
    in_force: AgreementsInForce
    planner: Planner

    def topics(self) -> list[TopicName]:
        return [in_tray(provider_id) for provider_id in sorted(self.in_force.providers)]


class Shard:
    """Runs the turns of a shard that this process has acquired: see `Shard.acquire`."""

    def __init__(
        self, store: Store, log: EventLog, settings: ShardSettings, lease: ShardLease, terms: _Terms
    ) -> None:
        self._store = store
        self._log = log
        self._settings = settings
        self._lease = lease
        self._terms = terms
        self._topics: list[TopicName] = []
        self._checked_at: datetime | None = None
        self._preparation = Preparation(settings.vault, settings.partitions)
        self._portions = Portions(lease.partitions, settings.max_events, settings.lots)
        self._sweeps: list[Sweep] = []
        self._has_just_swept = True

    @classmethod
    def acquire(cls, store: Store, log: EventLog, settings: ShardSettings) -> Self:
        """Fence the predecessor in the log and in the database, and go on from its positions.

        In this order: `divide` rests on it.

        Raises BusError when there is no such shard; EventLogError when the log does not answer.
        """
        log.acquire()
        with store.begin() as transaction:
            lease = transaction.acquire(settings.shard_id)
            shard = cls(store, log, settings, lease, _read_terms(transaction, settings, None))
            shard._read_from(transaction)
            shard._sweeps = transaction.sweeps(lease)
        return shard

    def turn(self, timeout_seconds: float) -> TurnReport:
        """Do one turn: wait for events, and do what the ledger asks with them.

        What the ledger asks and does not fit into a turn is swept: then every other turn is for a
        portion of it, and none waits for events.

        Raises FencedError when another process has acquired the shard; EventLogError when the trays
        did not take the batch.
        """
        self._has_just_swept = self.is_sweeping and not self._has_just_swept
        if self._has_just_swept:
            return self._sweep()
        records = self._log.poll(
            0 if self.is_sweeping else timeout_seconds, self._settings.max_records
        )
        self._settings.failpoint(TurnStep.AFTER_READ)
        now = self._settings.clock()
        if not records and not self._is_check_due(now):
            return TurnReport()
        return self._take(records, now)

    def enforce(self) -> TurnReport:
        """Do a turn for the ledger only: a consent change does not wait for events.

        Raises FencedError when another process has acquired the shard; EventLogError when the trays
        did not take the batch.
        """
        return self._take([], self._settings.clock())

    def take_away(self, places: Sequence[tuple[AgreementId, int, bytes]]) -> None:
        """Write a tombstone under each key in the partition where it stands, whoever wrote it.

        Raises EventLogError when the trays did not take it.
        """
        self._log.append(
            [
                OutRecord(
                    out_tray(agreement_id),
                    partition,
                    key,
                    None,
                    removal_headers(agreement_id, key),
                )
                for agreement_id, partition, key in places
            ]
        )

    def write_anew(self, doubted: Collection[tuple[EventKey, AgreementId]]) -> TurnReport:
        """Decide anew about events of this shard's people, and write each, whatever stands there.

        Raises FencedError when another process has acquired the shard; EventLogError when the trays
        did not take the batch; UnsealError when the journal does not open.
        """
        report = TurnReport()
        scope: dict[PassportNumber, set[AgreementId]] = {}
        for (participant_id, _), agreement_id in doubted:
            scope.setdefault(participant_id, set()).add(agreement_id)
        with self._store.begin() as transaction:
            cursor = self._begin(transaction)
            now = self._settings.clock()
            batch = self._prepare(transaction, [], scope, now, doubted=doubted)
        self._send(batch, report, cursor.after_deciding_for(now))
        return report

    @property
    def is_sweeping(self) -> bool:
        """Whether something is swept: then the next turn should come at once."""
        return bool(self._sweeps)

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions that this shard writes."""
        return self._lease.partitions

    def lag(self) -> int:
        """Return how many records of the in-trays, of those it knows of, it has not taken yet."""
        with self._store.begin() as transaction:
            saved = transaction.positions_of(self._topics, self._lease.partitions)
        ends = self._log.high_watermarks()
        return sum(end - (saved.get(place) or 0) for place, end in ends.items())

    def _take(self, records: Sequence[InRecord], now: datetime) -> TurnReport:
        report = TurnReport()
        with self._store.begin() as transaction:
            agenda = read_agenda(
                transaction,
                self._begin(transaction),
                self._terms.in_force,
                lease=self._lease,
                now=now,
                tick_every=self._settings.tick_every,
            )
            if agenda.asks_nothing and not records:
                self._checked_at = now
                return report
            most = self._settings.max_events
            counts = transaction.event_counts(agenda.scope, most + 1)
            begun = agenda.put_off(
                people=[one for one, count in counts.items() if count > most],
                shard_id=self._lease.shard_id,
            )
            sweeps = [*self._sweeps, *begun]
            batch = self._prepare(transaction, records, agenda.scope, now, sweeps=sweeps)
        costs = costs_of(agenda.changes, batch.deliveries)
        enforced = enforced_by(agenda.changes, costs, self._lease.shard_id)
        self._send(
            batch, report, agenda.cursor, enforced, begun=begun, is_tick_due=agenda.is_tick_due
        )
        self._checked_at = now
        self._tell(report, agenda.cursor, agenda.changes)
        self._follow_providers()
        return report

    def _sweep(self) -> TurnReport:
        """Decide again about the next portion of what comes first, as the ledger stands now."""
        report = TurnReport()
        sweep, *_ = self._sweeps
        with self._store.begin() as transaction:
            cursor = self._begin(transaction)
            now = self._settings.clock()
            portion = self._portions.next(transaction, sweep, self._terms.in_force, now)
            waiting = transaction.waiting_of(portion.scope, portion.released)
            batch = self._prepare(
                *(transaction, [], portion.scope, now),
                released=portion.released,
                part=portion.part,
            )
            entries = transaction.entries(sweep.seqs) if portion.after is None else []
        batch.settled += filter(portion.holds, waiting)
        swept = sweep.gone_on(portion.after, cost_of(batch.deliveries))
        enforced = enforced_by(entries, {sweep.participant_id: swept.cost}, sweep.shard_id)
        # what was left as it is was so for this moment alone: the cursor tells, be a clock set back
        self._send(batch, report, cursor.after_deciding_for(now), enforced, swept=swept)
        report.swept = batch.looked_at
        self._tell(report, cursor, entries)
        return report

    def _tell(self, report: TurnReport, cursor: Cursor, enforced: Iterable[FeedEntry]) -> None:
        """Report what is enforced now: these entries, and all before the first still swept."""
        at = self._settings.clock()
        swept = (seq for sweep in self._sweeps for seq in sweep.seqs)
        report.next_seq = min([cursor.next_seq, *swept])
        report.enforced_after = [at - change.recorded_at for change in enforced]
        report.sweeps = len(self._sweeps)

    def _is_check_due(self, now: datetime) -> bool:
        return self._checked_at is None or now - self._checked_at >= self._settings.check_every

    def _begin(self, transaction: FilterTransaction) -> Cursor:
        """Lock the shard, and decide under the terms of this transaction: its people's are newer.

        Those of an earlier one may lack that a service was marked sensitive before a participant
        gave consent.
        """
        cursor = transaction.fence(self._lease)
        self._terms = _read_terms(transaction, self._settings, self._terms)
        return cursor

    def _prepare(
        self,
        transaction: FilterTransaction,
        records: Sequence[InRecord],
        scope: Scope,
        now: datetime,
        *,
        released: Collection[AgreementId] = (),
        doubted: Collection[tuple[EventKey, AgreementId]] = (),
        part: Part = ALL_EVENTS,
        sweeps: Sequence[Sweep] = (),
    ) -> Batch:
        batch = self._preparation.prepare(
            transaction,
            self._lease,
            self._terms.planner,
            records=records,
            scope=scope,
            now=now,
            released=released,
            doubted=doubted,
            part=part,
            sweeps=sweeps,
        )
        self._settings.failpoint(TurnStep.BEFORE_JOURNAL)
        return batch

    def _send(
        self,
        batch: Batch,
        report: TurnReport,
        cursor: Cursor,
        enforced: Sequence[Enforced] = (),
        *,
        begun: Sequence[Sweep] = (),
        swept: Sweep | None = None,
        is_tick_due: bool = False,
    ) -> None:
        """Append the batch, wait until it is acknowledged, and close the turn."""
        failpoint = self._settings.failpoint
        failpoint(TurnStep.AFTER_JOURNAL)
        records = [delivery.record for delivery in batch.deliveries] + batch.letters
        if is_tick_due:
            in_force = self._terms.in_force
            records += ticks(in_force.agreements, in_force.providers, self._lease.partitions)
        self._log.append(records)
        failpoint(TurnStep.AFTER_APPEND)
        with self._store.begin() as transaction:
            transaction.fence(self._lease)
            transaction.close_turn(
                *(self._lease, batch.positions, cursor, enforced, batch.settled),
                begun=begun,
                swept=swept,
            )
            if begun or swept is not None:
                self._sweeps = transaction.sweeps(self._lease)
            failpoint(TurnStep.BEFORE_POSITIONS)
        failpoint(TurnStep.AFTER_POSITIONS)
        report.events += batch.accepted
        report.refused.update(refusal.reason for refusal in batch.refusals)
        for counted, are_tombstones in ((report.written, False), (report.retracted, True)):
            counted.update(
                delivery.disclosure.agreement_id
                for delivery in batch.deliveries
                if (delivery.record.value is None) is are_tombstones
            )

    def _follow_providers(self) -> None:
        """Read the in-trays of providers that were entered since."""
        if self._topics != self._terms.topics():
            with self._store.begin() as transaction:
                self._read_from(transaction)

    def _read_from(self, transaction: FilterTransaction) -> None:
        self._topics = self._terms.topics()
        self._log.read_from(transaction.positions_of(self._topics, self._lease.partitions))


def _read_terms(
    transaction: FilterTransaction, settings: ShardSettings, held: _Terms | None
) -> _Terms:
    """Return the terms in force: read again when the ledger holds a newer agreement or service."""
    newest = transaction.last_change_of_terms()
    if held is not None and held.seq is not None and newest == held.seq:
        return held
    in_force = transaction.agreements_in_force()
    planner = Planner(in_force, settings.pepper, settings.vault, settings.partitions)
    return _Terms(newest, in_force, planner)
