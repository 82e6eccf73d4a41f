"""What the ledger asks of a turn: which people to look at again, and what that enforces."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.filter.intervals import beginning, is_another
from consent_ledger.filter.planning import Delivery
from consent_ledger.filter.store import (
    Cursor,
    Enforced,
    FeedEntry,
    FilterTransaction,
    ShardLease,
)
from consent_ledger.filter.ticks import is_tick_due
from consent_ledger.ledger.enforcement import Cost
from consent_ledger.ledger.entries import EntryKind
from schemas.identifiers import AgreementId, PassportNumber, ServiceId

_OF_EVERYTHING: Final = frozenset({EntryKind.ERASED, EntryKind.MERGED, EntryKind.UNMERGED})
"""Changes after which all events of a person are to be looked at, under every agreement."""


class BatchDue(NamedTuple):
    """An agreement whose batch is due, and the interval that began with it."""

    agreement_id: AgreementId
    begun: datetime
    end: datetime


@dataclass
class Agenda:
    """The changes since the last turn, and where the cursor is once they are carried out.

    `scope` has people with the agreements concerned, None for all of them; `agreements` and
    `services` concern everybody who may have events under them. `batches` are due.
    """

    changes: list[FeedEntry]
    cursor: Cursor
    scope: dict[PassportNumber, set[AgreementId] | None] = field(default_factory=dict)
    agreements: set[AgreementId] = field(default_factory=set)
    services: set[ServiceId] = field(default_factory=set)
    batches: list[BatchDue] = field(default_factory=list)
    is_tick_due: bool = False
    has_moved: bool = False
    """Whether there were entries behind the cursor, be they for other shards alone."""

    @property
    def asks_nothing(self) -> bool:
        """Whether all is as the cursor says: then to write down that it was looked at is a waste.

        What ran out is looked for from the cursor on, so that nothing is missed by it.
        """
        has_work = self.scope or self.takes_several or self.is_tick_due
        return not (self.has_moved or has_work)

    @property
    def concerns_everybody(self) -> bool:
        """Whether an agreement or a service has changed."""
        return bool(self.agreements or self.services)

    @property
    def takes_several(self) -> bool:
        """Whether there is more to do than fits into one transaction."""
        return self.concerns_everybody or bool(self.batches)


def read_agenda(
    transaction: FilterTransaction,
    cursor: Cursor,
    in_force: AgreementsInForce,
    *,
    lease: ShardLease,
    now: datetime,
    tick_every: timedelta,
) -> Agenda:
    """Return what is to be done about the changes behind a cursor, and about what has run out."""
    changes, next_seq = transaction.changes_since(cursor, lease.begins)
    agenda = Agenda(changes, Cursor(next_seq, now, now))
    agenda.has_moved = next_seq != cursor.next_seq
    agenda.is_tick_due = is_tick_due(cursor.checked_at, now, tick_every)
    # also what lies behind `now`: a clock set back opens again what had run out
    since, until = min(cursor.checked_at, now), max(cursor.decided_until, now)
    pairs = transaction.expired_since(since, until, lease.partitions)
    for change in changes:
        if change.participant_id and change.agreement_id:
            pairs.append((change.participant_id, change.agreement_id))
        elif change.participant_id and change.kind in _OF_EVERYTHING:
            agenda.scope[change.participant_id] = None
            agenda.is_tick_due |= change.kind is EntryKind.ERASED
        elif change.kind is EntryKind.AGREEMENT and change.agreement_id:
            agenda.agreements.add(change.agreement_id)
        elif change.kind is EntryKind.SERVICE and change.service_id:
            agenda.services.add(change.service_id)
    agenda.agreements |= in_force.begun_or_ended(since, until)
    agenda.batches = list(_batches_due(in_force, cursor, now))
    for participant_id, agreement_id in pairs:
        agreements = agenda.scope.setdefault(participant_id, set())
        if agreements is not None:
            agreements.add(agreement_id)
    return agenda


def read_releases(
    transaction: FilterTransaction, batches: Sequence[BatchDue], partitions: Sequence[int]
) -> dict[PassportNumber, set[AgreementId]]:
    """Return people of whom something waits since before a batch, with the agreements."""
    releases: dict[PassportNumber, set[AgreementId]] = {}
    for batch in batches:
        for participant_id in transaction.waiting_outside(*batch, partitions):
            releases.setdefault(participant_id, set()).add(batch.agreement_id)
    return releases


def _batches_due(in_force: AgreementsInForce, cursor: Cursor, now: datetime) -> Iterator[BatchDue]:
    """Yield the agreements of which an interval has begun since, with its beginning and its end.

    A turn that was cut short may have moved one of the cursor's moments, and never both.
    """
    for agreement_id, version in in_force.agreements.items():
        every = version.agreement.release_interval
        if every is not None and (
            is_another(cursor.checked_at, now, every)
            or is_another(cursor.decided_until, now, every)
        ):
            begun = beginning(now, every)
            yield BatchDue(agreement_id, begun, begun + every)


def enforced_by(
    changes: Sequence[FeedEntry],
    deliveries: Sequence[Delivery],
    over_everybody: Mapping[AgreementId, Cost],
) -> list[Enforced]:
    """Return each change with the records and tombstones it cost.

    Of several changes to one standing the last is the one that was carried out; what a changed
    agreement or service cost is counted over everybody.
    """
    if not changes:
        return []
    cost: dict[PassportNumber, dict[AgreementId, Cost]] = {}
    for record, disclosure in deliveries:
        by_agreement = cost.setdefault(disclosure.participant_id, {})
        added = Cost(0, 1) if record.value is None else Cost(1, 0)
        before = by_agreement.get(disclosure.agreement_id, Cost())
        by_agreement[disclosure.agreement_id] = before.plus(added)
    last = {(change.participant_id, change.agreement_id): change.seq for change in changes}
    enforced = []
    for change in changes:
        if change.participant_id is None:
            enforced.append(Enforced(change.seq, over_everybody))
            continue
        by_agreement = cost.get(change.participant_id, {})
        if change.agreement_id is not None:
            is_last = last[change.participant_id, change.agreement_id] == change.seq
            of_change = by_agreement.get(change.agreement_id) if is_last else None
            enforced.append(Enforced(change.seq, {change.agreement_id: of_change or Cost()}))
        elif change.kind in _OF_EVERYTHING:
            enforced.append(Enforced(change.seq, by_agreement))
    return enforced
