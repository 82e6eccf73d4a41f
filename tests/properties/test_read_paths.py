"""Every read path shows exactly what is decided: those in SQL are in `read_paths_in_sql`."""

from collections.abc import Callable
from typing import Final, NamedTuple

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.consent.access import access_by_agreement
from consent_ledger.consent.decisions import Decision, Standing, decide
from consumers.analytics.facts import fact_of
from consumers.changes import Upsert, latest_changes
from consumers.passport.event_facts import facts_of
from consumers.passport.organisation import as_organisation
from consumers.passport.view import build
from schemas.categories import BLOCKS, Category, Mask, categories_of, mask_of
from schemas.codec import encode
from schemas.events import Event, event_type
from schemas.identifiers import LedgerIndex, PassportNumber
from tests.properties.memory_bus import MemoryBus
from tests.support.agreement_strategies import agreements, standings
from tests.support.bus_settings import PARTITIONS
from tests.support.event_strategies import PASSPORT_NUMBERS, PROVIDERS, SERVICES
from tests.support.factories import make_enrolment, make_outcome, make_referral

WHO: Final = PASSPORT_NUMBERS[0]


class Case(NamedTuple):
    """An agreement, how somebody stands towards it, and an event with every block filled."""

    agreement: Agreement
    standing: Standing
    event: Event

    def bus(self) -> MemoryBus:
        """Return a bus on which nothing has happened yet."""
        return MemoryBus([self.agreement], [PassportNumber(WHO)])

    def decision(self, bus: MemoryBus) -> Decision:
        """Return what is decided now."""
        return decide(
            self.agreement,
            LedgerIndex(0),
            self.standing,
            self.event.provider_id,
            event_type(self.event),
            is_sensitive=bus.terms().is_sensitive(self.event.participation.service_id),
            now=bus.clock(),
        )

    def stand(self, bus: MemoryBus) -> None:
        """Enter the standing in the ledger."""
        bus.stand([WHO], {self.agreement.id: self.standing})

    def held(self, bus: MemoryBus) -> list[Upsert]:
        """Return what the recipient holds, which is at most the one event."""
        changes = latest_changes(bus.records(self.agreement.id))
        return [one for one in changes if isinstance(one, Upsert)]


cases = st.builds(
    Case,
    agreements(),
    standings(),
    st.builds(
        lambda make, service_id, provider_id: make(
            service_id, provider_id=provider_id, participant_id=WHO
        ),
        st.sampled_from([make_referral, make_enrolment, make_outcome]),
        st.sampled_from(SERVICES),
        st.sampled_from(PROVIDERS),
    ),
)
Shown = set[Category]


def in_the_tray(case: Case, bus: MemoryBus) -> Shown:
    """Return the categories that stand in the tray."""
    return {one for event in case.held(bus) for one in BLOCKS if event.fields[one] is not None}


def stream(case: Case) -> Shown:
    """The event comes in under the standing."""
    bus = case.bus()
    case.stand(bus)
    bus.publish(case.event)
    bus.turn()
    return in_the_tray(case, bus)


def backfill(case: Case) -> Shown:
    """The standing comes after the event."""
    bus = case.bus()
    bus.publish(case.event)
    bus.turn()
    case.stand(bus)
    bus.turn()
    return in_the_tray(case, bus)


def replay(case: Case) -> Shown:
    """Everything is read again from the beginning, by a filter that begins with an empty tray."""
    bus = case.bus()
    bus.publish(case.event)
    bus.turn()
    case.stand(bus)
    bus.turn()
    bus.broker.partitions = {
        place: log for place, log in bus.broker.partitions.items() if place[0].startswith("in.")
    }
    bus.ground.forget_positions(range(PARTITIONS))
    bus.ground.database.disclosures.clear()
    bus.shard = bus.new_shard()
    bus.turn()
    return in_the_tray(case, bus)


def disclosure_log(case: Case) -> Shown:
    """What is written down of the sending: the participant is told by it, and their copy has it."""
    bus = case.bus()
    case.stand(bus)
    bus.publish(case.event)
    bus.turn()
    return {
        one
        for sent in bus.ground.database.disclosures.values()
        for one in categories_of(sent[-1][1].mask)
    }


READ_PATHS: Final[dict[str, Callable[[Case], Shown]]] = {
    "stream": stream,
    "backfill": backfill,
    "replay": replay,
    "disclosure log": disclosure_log,
}
"""Paths that show an event as the agreement has it."""


@pytest.mark.parametrize("path", READ_PATHS)
@given(cases)
def test_a_read_path_shows_what_is_decided_and_nothing_else(path: str, case: Case) -> None:
    """The categories of the decision's mask: neither fewer nor more."""
    decided = set(categories_of(case.decision(case.bus()).mask))

    assert READ_PATHS[path](case) == decided


@given(cases)
def test_a_passport_shows_an_organisation_what_is_decided(case: Case) -> None:
    """Of a passport that holds everything: full values alone, of people alone."""
    bus = case.bus()
    decided = Mask(case.decision(bus).mask & ~mask_of(case.agreement.coarse))
    whole = Upsert(WHO, case.event.event_id, encode(case.event))
    held = [(case.agreement, case.standing)]
    may_see = as_organisation(held, bus.terms().is_sensitive, bus.clock())
    passport = build(WHO, facts_of(whole), may_see)

    shown = {one.category for one in passport.values}
    shown |= {category for step in passport.story for category in step.facts}
    assert shown == (set() if case.agreement.pseudonymous else set(categories_of(decided)))


@given(cases)
def test_statistics_are_made_of_what_is_decided(case: Case) -> None:
    """A closed category leaves no trace in the rows that figures are made of."""
    bus = case.bus()
    case.stand(bus)
    bus.publish(case.event)
    bus.turn()
    decided = set(categories_of(case.decision(bus).mask))
    rows = [fact_of(one) for one in case.held(bus)]

    assert len(rows) == bool(decided)
    for row in rows:
        assert (row.borough is not None) == (Category.AREA in decided)
        assert (row.birth_band is not None) == (Category.IDENTITY in decided)
        assert (row.outcome_category is not None) == (Category.PROGRESS in decided)


@given(cases)
def test_a_participant_is_told_of_what_is_decided(case: Case) -> None:
    """What an agreement is said to open is what it opens of an event that it can reach."""
    bus = case.bus()
    assume(case.event.provider_id not in case.standing.excluded)
    assume(event_type(case.event) in case.agreement.events)
    (told,) = access_by_agreement(bus.terms(), {case.agreement.id: case.standing}, bus.clock())
    decided = set(categories_of(case.decision(bus).mask))
    gates = {Category.PARTICIPATION, Category.SENSITIVE_PARTICIPATION}

    if decided:
        assert set(told.categories) - gates == decided - gates
    is_sensitive = bus.terms().is_sensitive(case.event.participation.service_id)
    gate = Category.SENSITIVE_PARTICIPATION if is_sensitive else Category.PARTICIPATION
    assert (gate in told.categories) == bool(decided)
