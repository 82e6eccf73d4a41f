"""A shard: the one writer of the out-trays for a fixed set of partitions.

A turn reads events, reads what changed in the ledger, computes in one SQL transaction what each
tray must be given, commits that, sends it, and only then moves its positions. Any exception ends
the process; starting again replays, and replays are harmless.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Final, NamedTuple, Self

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.filter.agenda import Agenda, BatchDue, enforced_by, read_agenda, read_releases
from consent_ledger.filter.batch import Batch, Preparation, Scope
from consent_ledger.filter.event_log import EventLog, InRecord, OutRecord
from consent_ledger.filter.failpoints import Failpoint, TurnStep, no_failpoint
from consent_ledger.filter.headers import removal_headers
from consent_ledger.filter.intake import Intake, Reason
from consent_ledger.filter.planning import Planner
from consent_ledger.filter.store import (
    Cursor,
    Enforced,
    EventKey,
    FilterTransaction,
    ShardLease,
    Store,
    Waiting,
)
from consent_ledger.filter.ticks import TICK_EVERY, ticks
from consent_ledger.journal.vault import Vault
from consent_ledger.ledger.clock import Clock
from consent_ledger.ledger.enforcement import Cost
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ServiceId, TopicName
from schemas.trays import in_tray, out_tray

MAX_RECORDS: Final = 2_500
"""Events in one turn: more mean fewer commits, fewer mean that a withdrawal is read sooner."""

RELEASED_TOGETHER: Final = 500
"""People whose records are released in one portion of a batch."""

CHECK_EVERY: Final = timedelta(seconds=1)
"""How often a shard without events, and not woken, looks for expired grants."""


@dataclass
class TurnReport:
    """What a turn did: counts for metrics, nothing about a person."""

    events: int = 0
    written: Counter[AgreementId] = field(default_factory=Counter)
    retracted: Counter[AgreementId] = field(default_factory=Counter)
    refused: Counter[Reason] = field(default_factory=Counter)
    enforced_after: list[timedelta] = field(default_factory=list)
    next_seq: LedgerIndex | None = None

    def cost(self) -> dict[AgreementId, Cost]:
        """Return by agreement how many records were written and retracted."""
        return {
            agreement_id: Cost(self.written[agreement_id], self.retracted[agreement_id])
            for agreement_id in {**self.written, **self.retracted}
        }


@dataclass(frozen=True)
class ShardSettings:
    """What a shard is run with. `partitions` is how many every tray has, over all shards."""

    shard_id: int
    vault: Vault
    pepper: bytes
    partitions: int
    clock: Clock
    failpoint: Failpoint = no_failpoint
    max_records: int = MAX_RECORDS
    check_every: timedelta = CHECK_EVERY
    tick_every: timedelta = TICK_EVERY


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
        self._intake = Intake(settings.partitions)
        self._preparation = Preparation(settings.vault, self._intake)

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
        return shard

    def turn(self, timeout_seconds: float) -> TurnReport:
        """Do one turn: wait for events, and do what the ledger asks with them.

        Raises FencedError when another process has acquired the shard; EventLogError when the trays
        did not take the batch.
        """
        records = self._log.poll(timeout_seconds, self._settings.max_records)
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
            self._begin(transaction)
            now = self._settings.clock()
            batch = self._prepare(transaction, [], scope, now, doubted=doubted)
        self._send(batch, report)
        return report

    def look_ahead(self, records: Sequence[InRecord]) -> None:
        """Look at what the next turn will be given, in the thread that has read it.

        It decides nothing, and reads nothing of people and consent.
        """
        self._intake.look_ahead(records)

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
            if not agenda.takes_several:
                batch = self._prepare(transaction, records, agenda.scope, now)
        over_everybody: dict[AgreementId, Cost] = {}
        if agenda.concerns_everybody:
            self._reprocess_all(agenda, now, report)
            over_everybody = report.cost()
        if agenda.takes_several:
            self._release(agenda.batches, now, report)
            with self._store.begin() as transaction:
                self._begin(transaction)
                batch = self._prepare(transaction, records, agenda.scope, now)
        enforced = enforced_by(agenda.changes, batch.deliveries, over_everybody)
        self._send(batch, report, agenda.cursor, enforced, is_tick_due=agenda.is_tick_due)
        self._checked_at = now
        report.next_seq = agenda.cursor.next_seq
        at = self._settings.clock()
        report.enforced_after = [at - change.recorded_at for change in agenda.changes]
        self._follow_providers()
        return report

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
        )
        self._settings.failpoint(TurnStep.BEFORE_JOURNAL)
        return batch

    def _reprocess_all(self, agenda: Agenda, now: datetime, report: TurnReport) -> None:
        """Look at everybody whom a changed agreement or service may concern, in chunks."""
        asked: list[tuple[frozenset[AgreementId] | None, list[ServiceId] | None]] = []
        if agenda.agreements:
            asked.append((frozenset(agenda.agreements), None))
        if agenda.services:
            asked.append((None, sorted(agenda.services)))
        for agreements, services in asked:
            for chunk in self._store.participants_in(self._lease.partitions, services):
                self._look_again(dict.fromkeys(chunk, agreements), now, report, agreements or ())

    def _release(self, batches: Sequence[BatchDue], now: datetime, report: TurnReport) -> None:
        """Give trays what waited, in portions of people drawn by lot: none shows who came when.

        What a changed agreement or service has settled, or let wait, a moment ago is not due.
        """
        with self._store.begin() as transaction:
            releases = read_releases(transaction, batches, self._lease.partitions)
        drawn = SystemRandom().sample(sorted(releases), len(releases))
        for at in range(0, len(drawn), RELEASED_TOGETHER):
            scope = {one: releases[one] for one in drawn[at : at + RELEASED_TOGETHER]}
            self._look_again(scope, now, report, set().union(*scope.values()))

    def _look_again(
        self, scope: Scope, now: datetime, report: TurnReport, released: Collection[AgreementId]
    ) -> None:
        """Decide again about people, and send what comes of it, as a turn of its own."""
        with self._store.begin() as transaction:
            self._begin(transaction)
            waiting = transaction.waiting_of(scope, released)
            batch = self._prepare(transaction, [], scope, now, released=released)
        batch.settled += [row for row in waiting if _concerns(scope, row)]
        if batch.deliveries or batch.settled:
            self._send(batch, report)

    def _send(
        self,
        batch: Batch,
        report: TurnReport,
        cursor: Cursor | None = None,
        enforced: Sequence[Enforced] = (),
        *,
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
            transaction.close_turn(self._lease, batch.positions, cursor, enforced, batch.settled)
            failpoint(TurnStep.BEFORE_POSITIONS)
        failpoint(TurnStep.AFTER_POSITIONS)
        report.events += batch.accepted
        report.refused.update(refusal.reason for refusal in batch.refusals)
        for record, disclosure in batch.deliveries:
            kind = report.retracted if record.value is None else report.written
            kind[disclosure.agreement_id] += 1

    def _follow_providers(self) -> None:
        """Read the in-trays of providers that were entered since."""
        if self._topics != self._terms.topics():
            with self._store.begin() as transaction:
                self._read_from(transaction)

    def _read_from(self, transaction: FilterTransaction) -> None:
        self._topics = self._terms.topics()
        self._log.read_from(transaction.positions_of(self._topics, self._lease.partitions))


def _concerns(scope: Scope, row: Waiting) -> bool:
    only = scope[row.participant_id]
    return only is None or row.agreement_id in only


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
