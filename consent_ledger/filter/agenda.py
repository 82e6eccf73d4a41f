"""What the ledger asks of a turn: which people to look at again, and what that enforces."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.filter.intervals import is_another
from consent_ledger.filter.planning import Delivery
from consent_ledger.filter.store import (
    Cursor,
    Enforced,
    FeedEntry,
    FilterTransaction,
    ShardLease,
)
from consent_ledger.filter.sweep import Sweep
from consent_ledger.filter.ticks import is_tick_due
from consent_ledger.ledger.enforcement import Cost
from consent_ledger.ledger.entries import EntryKind
from consent_ledger.tables.consent import CHANGES_OF_TERMS
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ServiceId

_OF_EVERYTHING: Final = frozenset({EntryKind.ERASED, EntryKind.MERGED, EntryKind.UNMERGED})
"""Changes after which all events of a person are to be looked at, under every agreement."""


@dataclass
class Agenda:
    """The changes since the last turn, and where the cursor is once they are carried out.

    `scope` has people with the agreements concerned, None for all of them; `agreements` and
    `services` concern everybody who may have events under them. `batches` are due. What ran out
    from `since` to `until` is looked at.
    """

    changes: list[FeedEntry]
    cursor: Cursor
    since: datetime
    until: datetime
    scope: dict[PassportNumber, set[AgreementId] | None] = field(default_factory=dict)
    agreements: set[AgreementId] = field(default_factory=set)
    services: set[ServiceId] = field(default_factory=set)
    batches: set[AgreementId] = field(default_factory=set)
    is_tick_due: bool = False
    has_moved: bool = False
    """Whether there were entries behind the cursor, be they for other shards alone."""

    @property
    def asks_nothing(self) -> bool:
        """Whether all is as the cursor says: then to write down that it was looked at is a waste.

        What ran out is looked for from the cursor on, so that nothing is missed by it.
        """
        is_asked = self.scope or self.agreements or self.services or self.batches
        return not (self.has_moved or is_asked or self.is_tick_due)

    def put_off(self, people: Iterable[PassportNumber], shard_id: int) -> list[Sweep]:
        """Take away what does not fit into one turn, and return it as sweeps of a shard.

        That is all about these people, about everybody, and the batches. What is about everybody
        is one sweep: who takes the shard over begins at the first entry that is still swept, and no
        later one may have been told as enforced.
        """
        sweep = partial(Sweep, shard_id, self.since, self.until)

        begun = []
        for participant_id in sorted(people):
            only = self.scope.pop(participant_id)
            seqs = self._without(partial(_is_of, participant_id))
            agreements = None if only is None else frozenset(only)
            begun.append(sweep(seqs, participant_id, agreements))
        if self.agreements or self.services:
            seqs = self._without(lambda entry: entry.kind in CHANGES_OF_TERMS)
            agreements = frozenset(self.agreements) or None
            services = frozenset(self.services) or None
            begun.append(sweep(seqs, agreement_ids=agreements, service_ids=services))
        if self.batches:
            released = frozenset(self.batches)
            begun.append(sweep(agreement_ids=released, is_release=True))
        return begun

    def _without(self, is_its: Callable[[FeedEntry], bool]) -> tuple[LedgerIndex, ...]:
        """Take some changes away, and return those of them that ask anything."""
        its = [one for one in self.changes if is_its(one)]
        self.changes = [one for one in self.changes if not is_its(one)]
        return tuple(one.seq for one in its if asks_anything(one))


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
    # also what lies behind `now`: a clock set back opens again what had run out
    since, until = min(cursor.checked_at, now), max(cursor.decided_until, now)
    agenda = Agenda(changes, Cursor(next_seq, now, now), since, until)
    agenda.has_moved = next_seq != cursor.next_seq
    agenda.is_tick_due = is_tick_due(cursor.checked_at, now, tick_every)
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
    agenda.batches = _batches_due(in_force, cursor, now)
    for participant_id, agreement_id in pairs:
        agreements = agenda.scope.setdefault(participant_id, set())
        if agreements is not None:
            agreements.add(agreement_id)
    return agenda


def _batches_due(in_force: AgreementsInForce, cursor: Cursor, now: datetime) -> set[AgreementId]:
    """Return the agreements of which an interval has begun since.

    A turn that was cut short may have moved one of the cursor's moments, and never both.
    """
    return {
        agreement_id
        for agreement_id, version in in_force.agreements.items()
        if (every := version.agreement.release_interval) is not None
        and (
            is_another(cursor.checked_at, now, every)
            or is_another(cursor.decided_until, now, every)
        )
    }


def _is_of(participant_id: PassportNumber, change: FeedEntry) -> bool:
    return change.participant_id == participant_id


def asks_anything(change: FeedEntry) -> bool:
    """Return whether a tray may have to change: not when somebody was registered."""
    is_one_s = change.participant_id is not None
    return not is_one_s or change.agreement_id is not None or change.kind in _OF_EVERYTHING


def costs_of(
    changes: Iterable[FeedEntry], deliveries: Iterable[Delivery]
) -> dict[PassportNumber | None, dict[AgreementId, Cost]]:
    """Return what was written and retracted of each person with changes, by agreement."""
    of_person: dict[PassportNumber | None, list[Delivery]] = {
        change.participant_id: [] for change in changes
    }
    # most turns have no change, and thousands of deliveries
    for delivery in deliveries if of_person else ():
        its = of_person.get(delivery.disclosure.participant_id)
        if its is not None:
            its.append(delivery)
    return {participant_id: cost_of(its) for participant_id, its in of_person.items()}


def cost_of(deliveries: Iterable[Delivery]) -> dict[AgreementId, Cost]:
    """Return how many records and tombstones these are, by agreement."""
    cost: dict[AgreementId, Cost] = {}
    for delivery in deliveries:
        agreement_id = delivery.disclosure.agreement_id
        added = Cost(0, 1) if delivery.record.value is None else Cost(1, 0)
        cost[agreement_id] = cost.get(agreement_id, Cost()).plus(added)
    return cost


def enforced_by(
    changes: Sequence[FeedEntry],
    costs: Mapping[PassportNumber | None, Mapping[AgreementId, Cost]],
    shard_id: int,
) -> list[Enforced]:
    """Return each change with the records and tombstones it cost, which are given by person.

    Of several changes to one standing the last is the one that was carried out; what a changed
    agreement or service cost over everybody is given under None.
    """
    last = {(change.participant_id, change.agreement_id): change.seq for change in changes}
    enforced = []
    for change in filter(asks_anything, changes):
        cost = costs.get(change.participant_id, {})
        if change.participant_id is not None and change.agreement_id is not None:
            is_last = last[change.participant_id, change.agreement_id] == change.seq
            of_change = cost.get(change.agreement_id) if is_last else None
            cost = {change.agreement_id: of_change or Cost()}
        enforced.append(Enforced(change.seq, cost, shard_id))
    return enforced
