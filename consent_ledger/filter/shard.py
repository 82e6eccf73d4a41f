"""A shard: the one writer of the out-trays for a fixed set of partitions.

A turn reads events, reads what changed in the ledger, works out under one SQL transaction what each
tray must be given, commits that, sends it, and only then moves its positions. Any exception ends
the process; starting again replays, and replays are harmless.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from consent_ledger.agreements.in_force import Terms
from consent_ledger.filter.batch import Batch, Preparation, Scope
from consent_ledger.filter.dead_letters import dead_letter
from consent_ledger.filter.event_log import InRecord, Log
from consent_ledger.filter.failpoints import Failpoint, Step, no_failpoint
from consent_ledger.filter.intake import Reason
from consent_ledger.filter.planning import Delivery, Planner
from consent_ledger.filter.store import Change, Cost, Cursor, Enforced, Store, Transaction
from consent_ledger.filter.ticks import TICK_EVERY, is_tick_due, ticks
from consent_ledger.journal.vault import Vault
from consent_ledger.ledger.clock import Clock
from consent_ledger.ledger.entries import Kind
from schemas.trays import in_tray

MAX_RECORDS: Final = 2_500
"""Events in one turn: the more, the fewer commits; the fewer, the sooner a withdrawal is read."""

CHECK_EVERY: Final = timedelta(seconds=1)
"""A shard without events that nobody woke looks for expired grants this often."""


@dataclass
class TurnReport:
    """What a turn did: counts for metrics, nothing about a person."""

    events: int = 0
    written: Counter[str] = field(default_factory=Counter)
    retracted: Counter[str] = field(default_factory=Counter)
    refused: Counter[Reason] = field(default_factory=Counter)
    enforced_after: list[timedelta] = field(default_factory=list)
    next_seq: int | None = None


@dataclass
class _Agenda:
    """What the ledger asks of this turn."""

    changes: list[Change]
    cursor: Cursor
    scope: dict[str, set[str] | None] = field(default_factory=dict)
    wide: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=set)
    is_tick_due: bool = False


_OF_EVERYTHING: Final = frozenset({Kind.ERASED, Kind.MERGED, Kind.UNMERGED})
"""Changes after which all events of somebody are to be looked at, under every agreement."""


class Shard:
    """Runs one shard's turns. `take_over` comes first."""

    def __init__(
        self,
        shard_id: int,
        store: Store,
        log: Log,
        *,
        vault: Vault,
        pepper: bytes,
        partitions: int,
        clock: Clock,
        failpoint: Failpoint = no_failpoint,
        max_records: int = MAX_RECORDS,
        check_every: timedelta = CHECK_EVERY,
        tick_every: timedelta = TICK_EVERY,
    ) -> None:
        self._shard_id = shard_id
        self._store = store
        self._log = log
        self._vault = vault
        self._pepper = pepper
        self._partitions = partitions
        self._clock = clock
        self._failpoint = failpoint
        self._max_records = max_records
        self._check_every = check_every
        self._tick_every = tick_every
        self._preparation = Preparation(vault, partitions)

    def take_over(self) -> None:
        """Fence the predecessor in the log and in the database, and go on from its positions."""
        self._log.take_over()
        with self._store.begin() as transaction:
            self._hold = transaction.take_over(self._shard_id)
            self._terms_seq: int | None = None
            self._read_terms(transaction)
            self._read_from(transaction)
        self._checked_at: datetime | None = None

    def turn(self, timeout_seconds: float) -> TurnReport:
        """Do one turn, waiting so long for events; whatever the ledger asks is done with it.

        Raises:
            FencedError: another process holds the shard now.
            LogError: the trays did not take the batch.

        """
        records = self._log.poll(timeout_seconds, self._max_records)
        self._failpoint(Step.AFTER_READ)
        now = self._clock()
        if not records and not self._is_check_due(now):
            return TurnReport()
        return self._take(records, now)

    def enforce(self) -> TurnReport:
        """Do a turn for the ledger alone: a change of permission does not wait for events.

        Raises:
            FencedError: another process holds the shard now.
            LogError: the trays did not take the batch.

        """
        return self._take([], self._clock())

    def _take(self, records: Sequence[InRecord], now: datetime) -> TurnReport:
        report = TurnReport()
        with self._store.begin() as transaction:
            agenda = self._agenda(transaction, now)
            is_wide = bool(agenda.wide or agenda.services)
            if not is_wide:
                batch = self._prepare(transaction, records, agenda.scope, now)
        if is_wide:
            self._go_wide(agenda, now, report)
            wide = _by_agreement(report)
            with self._store.begin() as transaction:
                self._begin(transaction)
                batch = self._prepare(transaction, records, agenda.scope, now)
        else:
            wide = {}
        enforced = _enforced(agenda.changes, batch.deliveries, wide)
        self._send(batch, report, agenda.cursor, enforced, is_tick_due=agenda.is_tick_due)
        self._checked_at = now
        report.next_seq = agenda.cursor.next_seq
        report.enforced_after = [self._clock() - one.recorded_at for one in agenda.changes]
        self._follow_providers()
        return report

    def lag(self) -> int:
        """Return how many records of the in-trays, of those it knows of, it has not taken yet."""
        with self._store.begin() as transaction:
            saved = transaction.positions_of(self._topics, self._hold.partitions)
        ends = self._log.high_watermarks()
        return sum(end - (saved.get(place) or 0) for place, end in ends.items())

    def _is_check_due(self, now: datetime) -> bool:
        return self._checked_at is None or now - self._checked_at >= self._check_every

    def _agenda(self, transaction: Transaction, now: datetime) -> _Agenda:
        cursor = self._begin(transaction)
        own = self._hold.partitions
        changes, next_seq = transaction.changes_since(cursor, own)
        agenda = _Agenda(changes, Cursor(next_seq, now, now))
        agenda.is_tick_due = is_tick_due(cursor.checked_at, now, self._tick_every)
        # also what lies behind `now`: a clock set back opens again what had run out
        since, until = min(cursor.checked_at, now), max(cursor.decided_until, now)
        pairs = transaction.expired_since(since, until, own)
        for change in changes:
            if change.participant_id and change.agreement_id:
                pairs.append((change.participant_id, change.agreement_id))
            elif change.participant_id and change.kind in _OF_EVERYTHING:
                agenda.scope[change.participant_id] = None
                agenda.is_tick_due |= change.kind is Kind.ERASED
            elif change.kind is Kind.AGREEMENT and change.agreement_id:
                agenda.wide.add(change.agreement_id)
            elif change.kind is Kind.SERVICE and change.service_id:
                agenda.services.add(change.service_id)
        agenda.wide |= self._terms.begun_or_ended(since, until)
        for participant_id, agreement_id in pairs:
            agreements = agenda.scope.setdefault(participant_id, set())
            if agreements is not None:
                agreements.add(agreement_id)
        return agenda

    def _begin(self, transaction: Transaction) -> Cursor:
        """Lock the shard, and decide under the terms of this transaction: its people's are newer.

        Terms of an earlier one may lack that a service was marked sensitive before somebody gave
        consent.
        """
        cursor = transaction.fence(self._hold)
        self._read_terms(transaction)
        return cursor

    def _read_terms(self, transaction: Transaction) -> None:
        """Read the terms again when the ledger holds a newer agreement or service."""
        newest = transaction.last_change_of_terms()
        if self._terms_seq is None or newest != self._terms_seq:
            self._terms = transaction.terms()
            self._planner = Planner(self._terms, self._pepper, self._vault, self._partitions)
            self._terms_seq = newest

    def _prepare(
        self, transaction: Transaction, records: Sequence[InRecord], scope: Scope, now: datetime
    ) -> Batch:
        batch = self._preparation.prepare(
            transaction, self._hold, self._planner, records=records, scope=scope, now=now
        )
        self._failpoint(Step.BEFORE_JOURNAL)
        return batch

    def _go_wide(self, agenda: _Agenda, now: datetime, report: TurnReport) -> None:
        """Look at everybody whom a changed agreement or service may concern, in chunks."""
        asked: list[tuple[frozenset[str] | None, list[str] | None]] = []
        if agenda.wide:
            asked.append((frozenset(agenda.wide), None))
        if agenda.services:
            asked.append((None, sorted(agenda.services)))
        for agreements, services in asked:
            for chunk in self._store.participants_in(self._hold.partitions, services):
                with self._store.begin() as transaction:
                    self._begin(transaction)
                    scope = dict.fromkeys(chunk, agreements)
                    batch = self._prepare(transaction, [], scope, now)
                if batch.deliveries:
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
        self._failpoint(Step.AFTER_JOURNAL)
        kept = [one for one in batch.refusals if one.reason is not Reason.ERASED_PARTICIPANT]
        records = [one.record for one in batch.deliveries]
        now = self._clock()
        records += [dead_letter(one, self._vault, now) for one in kept]
        if is_tick_due:
            records += ticks(self._terms.agreements, self._terms.providers, self._hold.partitions)
        self._log.append(records)
        self._failpoint(Step.AFTER_APPEND)
        with self._store.begin() as transaction:
            transaction.fence(self._hold)
            transaction.close_turn(self._hold, batch.positions, cursor, enforced)
            self._failpoint(Step.BEFORE_POSITIONS)
        self._failpoint(Step.AFTER_POSITIONS)
        report.events += batch.accepted
        report.refused.update(one.reason for one in batch.refusals)
        for one in batch.deliveries:
            kind = report.retracted if one.record.value is None else report.written
            kind[one.disclosure.agreement_id] += 1

    def _follow_providers(self) -> None:
        """Read the in-trays of providers that were entered since."""
        if self._topics != _topics(self._terms):
            with self._store.begin() as transaction:
                self._read_from(transaction)

    def _read_from(self, transaction: Transaction) -> None:
        self._topics = _topics(self._terms)
        self._log.read_from(transaction.positions_of(self._topics, self._hold.partitions))


def _topics(terms: Terms) -> list[str]:
    return [in_tray(provider_id) for provider_id in sorted(terms.providers)]


def _by_agreement(report: TurnReport) -> dict[str, Cost]:
    return {
        one: Cost(report.written[one], report.retracted[one])
        for one in {**report.written, **report.retracted}
    }


def _enforced(
    changes: Sequence[Change], deliveries: Sequence[Delivery], wide: Mapping[str, Cost]
) -> list[Enforced]:
    """Return each change with the records and tombstones it cost.

    Of several changes to one standing the last is the one that was carried out; what a changed
    agreement or service cost is counted over everybody.
    """
    if not changes:
        return []
    cost: dict[str, dict[str, Cost]] = {}
    for record, disclosure in deliveries:
        theirs = cost.setdefault(disclosure.participant_id, {})
        one = Cost(0, 1) if record.value is None else Cost(1, 0)
        theirs[disclosure.agreement_id] = theirs.get(disclosure.agreement_id, Cost()).plus(one)
    last = {(one.participant_id, one.agreement_id): one.seq for one in changes}
    enforced = []
    for change in changes:
        if change.participant_id is None:
            enforced.append(Enforced(change.seq, wide))
            continue
        theirs = cost.get(change.participant_id, {})
        if change.agreement_id is not None:
            is_last = last[change.participant_id, change.agreement_id] == change.seq
            mine = theirs.get(change.agreement_id) if is_last else None
            enforced.append(Enforced(change.seq, {change.agreement_id: mine or Cost()}))
        elif change.kind in _OF_EVERYTHING:
            enforced.append(Enforced(change.seq, theirs))
    return enforced
