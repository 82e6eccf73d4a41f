"""The next portion of a sweep: people who have so many events together, or a part of one's."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Final, NamedTuple

from consent_ledger.agreements.in_force import AgreementsInForce
from consent_ledger.filter.batch import Scope
from consent_ledger.filter.intervals import beginning
from consent_ledger.filter.store import FilterTransaction, Waiting
from consent_ledger.filter.sweep import ALL_EVENTS, BEGINNING, Part, Reached, Sweep
from schemas.identifiers import AgreementId, PassportNumber

MAX_EVENTS: Final = 500
"""Events looked at again in one turn: what anybody says meanwhile waits for that one alone."""


class Portion(NamedTuple):
    """People with the agreements concerned; where it is one alone, which of their events.

    `after` is how far the sweep has come with it, None at its end. Agreements that are `released`
    give their trays what waited for a batch.
    """

    scope: Scope
    after: Reached | None
    part: Part = ALL_EVENTS
    released: Collection[AgreementId] = ()

    def holds(self, row: Waiting) -> bool:
        """Return whether something that waits is looked at in it."""
        only = self.scope[row.participant_id]
        return (only is None or row.agreement_id in only) and self.part.holds(row.event_id)


class _BatchDue(NamedTuple):
    """An agreement whose batch is due, and the interval that began with it."""

    agreement_id: AgreementId
    begun: datetime
    end: datetime


class Portions:
    """Cuts the sweeps of a shard with these partitions into portions of so many events.

    `lots` draws in which order people are given what waited.
    """

    def __init__(self, partitions: Sequence[int], max_events: int, lots: Random) -> None:
        self._partitions = partitions
        self._max_events = max_events
        self._lots = lots
        self._due: list[_BatchDue] = []
        self._drawn: dict[PassportNumber, set[AgreementId]] = {}

    def next(
        self,
        transaction: FilterTransaction,
        sweep: Sweep,
        in_force: AgreementsInForce,
        now: datetime,
    ) -> Portion:
        """Return the next portion of a sweep, of nobody where none is left."""
        after = sweep.after or BEGINNING
        if sweep.participant_id is not None:
            part = self._part(transaction, Reached(sweep.participant_id, after.event_id))
            place = Reached(sweep.participant_id, part.upto) if part.upto else None
            return Portion({sweep.participant_id: sweep.scope}, place, part)
        if sweep.is_release:
            return self._released(transaction, after, list(_due(sweep, in_force, now)))
        people = [after.participant_id]
        if after.event_id is None:
            services = None if sweep.agreement_ids else sweep.service_ids
            people = transaction.people_with_events(
                self._partitions, services, after.participant_id
            )
        portion = self._of(transaction, people, after)
        return portion._replace(
            scope=dict.fromkeys(portion.scope, sweep.scope),
            released=sweep.agreement_ids or (),
        )

    def _released(
        self, transaction: FilterTransaction, after: Reached, due: list[_BatchDue]
    ) -> Portion:
        """Return people drawn by lot of whom something waits since before a batch.

        So no portion shows who came when. What a changed agreement or service has settled, or let
        wait, a moment ago is not due.
        """
        if due != self._due or not self._drawn or after.event_id is not None:
            self._due, self._drawn = due, _drawn(transaction, due, self._partitions, self._lots)
        # the rest of a person's events, as long as one of them is due
        is_part = after.event_id is not None and after.participant_id in self._drawn
        people = [after.participant_id] if is_part else list(self._drawn)[: self._max_events]
        portion = self._of(transaction, people, after if is_part else BEGINNING)
        scope = {one: self._drawn[one] for one in portion.scope}
        if portion.part.upto is None:
            for participant_id in scope:
                del self._drawn[participant_id]
        return portion._replace(scope=scope, released=set().union(*scope.values()))

    def _of(
        self, transaction: FilterTransaction, people: Sequence[PassportNumber], after: Reached
    ) -> Portion:
        """Return as many of these people as are looked at together, or a part of the first."""
        if not people:
            return Portion({}, None)
        counts = transaction.event_counts(people, self._max_events + 1)
        first, *_ = people
        if after.event_id is None and counts[first] <= self._max_events:
            chosen = list(_together(people, counts, self._max_events))
            return Portion(dict.fromkeys(chosen), Reached(chosen[-1]))
        part = self._part(transaction, Reached(first, after.event_id))
        return Portion({first: None}, Reached(first, part.upto), part)

    def _part(self, transaction: FilterTransaction, after: Reached) -> Part:
        upto = transaction.end_of_part(*after, self._max_events)
        return Part(after.event_id, upto)


def _together(
    people: Iterable[PassportNumber], counts: Mapping[PassportNumber, int], max_events: int
) -> Iterator[PassportNumber]:
    """Yield the first people, as long as they do not have more events together."""
    events = 0
    for participant_id in people:
        events += counts[participant_id]
        if events > max_events:
            return
        yield participant_id


def _due(sweep: Sweep, in_force: AgreementsInForce, now: datetime) -> Iterator[_BatchDue]:
    """Yield the agreements whose trays are given what waits, with the present interval of each."""
    for agreement_id in sorted(sweep.agreement_ids or ()):
        version = in_force.agreements.get(agreement_id)
        every = version.agreement.release_interval if version else None
        if every is not None:
            begun = beginning(now, every)
            yield _BatchDue(agreement_id, begun, begun + every)


def _drawn(
    transaction: FilterTransaction,
    due: Iterable[_BatchDue],
    partitions: Sequence[int],
    lots: Random,
) -> dict[PassportNumber, set[AgreementId]]:
    """Return people of whom something waits since before a batch, with the agreements, by lot."""
    releases: dict[PassportNumber, set[AgreementId]] = {}
    for batch in due:
        for participant_id in transaction.waiting_outside(*batch, partitions):
            releases.setdefault(participant_id, set()).add(batch.agreement_id)
    drawn = lots.sample(sorted(releases), len(releases))
    return {one: releases[one] for one in drawn}
