"""Sweeps: what is more than fits into a turn is done in portions, and nobody else waits for it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

import pytest

from consent_ledger.audit.differences import DifferenceKind
from consent_ledger.consent.new_terms import enter_agreements, enter_services
from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.filter.shard import Shard
from consent_ledger.ledger.enforcement import Cost
from consent_ledger.rights.erasure import ErasureError, finish_erasure, record_erasure
from schemas.categories import Category
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, ProviderId, ServiceId
from schemas.trays import TrayRecord, split_out_key
from tests.histories import cast
from tests.support.bus import AnyBus
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_referral
from tests.support.killing import KilledError, killed_at
from tests.support.memory.ground import MemoryGround

WIDE, STATISTICS = AgreementId("wide.purpose"), AgreementId("hub.statistics")
HOUR = timedelta(hours=1)
ADA, BEN, CAM = sorted(one.participant_id for one in cast.people()[:3])
JOBS = ServiceId("borough-d.jobs")
MANY = 6
PORTION = 2


class BusyBus(AnyBus):
    """A bus in memory on which Ada has more events than fit into a turn, others have one."""

    ground: MemoryGround

    def __init__(self, max_events: int = PORTION) -> None:
        super().__init__(MemoryGround())
        self.set_up(tuple(cast.agreements(0).values()), cast.directory())
        self.add_people([ADA, BEN, CAM])
        self.turn()
        for number in (*[ADA] * MANY, BEN, CAM):
            event = make_referral(JOBS, participant_id=number, provider_id=ProviderId("borough-d"))
            self.publish(event)
        self.turn()
        self.small = self.new_shard(max_events=max_events)

    def in_tray(self, number: PassportNumber) -> int:
        """Return how many events of somebody stand in the tray."""
        return sum(split_out_key(key)[0] == number for key in self.tray(WIDE))

    def mark_jobs_as_sensitive(self) -> LedgerIndex:
        """Mark the service of every event as sensitive, which concerns everybody."""
        directory = cast.directory()
        services = [
            one.model_copy(update={"sensitive": one.id == JOBS or one.sensitive})
            for one in directory.services
        ]
        with self.ground.begin() as tx:
            enter_services(tx, directory.model_copy(update={"services": tuple(services)}))
        return LedgerIndex(len(self.ground.leaves) - 1)

    def has_enforced(self, seq: LedgerIndex) -> bool:
        """Return whether an entry is told as enforced."""
        return seq in self.ground.database.enforcement


def sweep_once(shard: Shard) -> None:
    """Let a shard do turns until one was for a portion of a sweep."""
    assert any(shard.turn(0).swept for _ in range(3))


def finish(shard: Shard) -> int:
    """Let a shard come to rest; return how many events it has swept until then."""
    swept = 0
    while shard.is_sweeping:
        swept += shard.turn(0).swept
    return swept


def sent_of_ada(bus: BusyBus) -> Sequence[TrayRecord]:
    """Return Ada's records, in the order in which her recipient gets them."""
    return [one for one in bus.records(WIDE) if one.key.startswith(ADA.encode())]


def test_a_person_with_many_events_is_swept_and_nobody_waits() -> None:
    """Somebody else's withdrawal is enforced in between, and hers when all of hers are gone."""
    bus = BusyBus()
    bus.grant(ADA, WIDE)
    bus.grant(BEN, WIDE)
    bus.turn(bus.small)
    assert (bus.in_tray(ADA), bus.in_tray(BEN)) == (MANY, 1)

    of_ada = bus.withdraw(ADA, WIDE)
    sweep_once(bus.small)
    of_ben = bus.withdraw(BEN, WIDE)
    bus.small.enforce()

    assert (bus.in_tray(ADA), bus.in_tray(BEN)) == (MANY - PORTION, 0)
    assert (bus.has_enforced(of_ada), bus.has_enforced(of_ben)) == (False, True)
    finish(bus.small)
    assert bus.in_tray(ADA) == 0
    assert bus.ground.database.enforcement[of_ada].cost == {WIDE: Cost(0, MANY)}
    bus.assert_holds()


def test_somebody_who_withdraws_does_not_wait_for_the_end_of_a_sweep() -> None:
    """Of everybody: the agreement is enforced behind what was said later, and costs its own."""
    bus = BusyBus()
    bus.grant(ADA, WIDE)
    bus.grant(BEN, WIDE)
    bus.turn(bus.small)
    of_service = bus.mark_jobs_as_sensitive()
    sweep_once(bus.small)
    of_ben = bus.withdraw(BEN, WIDE)
    bus.small.turn(0)

    assert bus.small.is_sweeping
    assert bus.in_tray(BEN) == 0
    assert (bus.has_enforced(of_service), bus.has_enforced(of_ben)) == (False, True)
    finish(bus.small)
    assert bus.has_enforced(of_service)
    bus.assert_holds()


def test_changed_terms_are_not_told_as_enforced_before_earlier_ones() -> None:
    """Who takes over begins at the first that are not: what was told must stay so."""
    bus = BusyBus()
    first = bus.mark_jobs_as_sensitive()
    with bus.ground.begin() as tx:
        enter_agreements(tx, tuple(cast.agreements(1).values()))
    of_terms = range(first, len(bus.ground.leaves))
    bus.small.turn(0)
    while bus.small.is_sweeping:
        bus.small.turn(0)
        told = [bus.has_enforced(LedgerIndex(seq)) for seq in of_terms]
        assert told == sorted(told, reverse=True)
    assert all(told)


def test_an_event_is_taken_in_the_middle_of_a_sweep() -> None:
    """Every other turn is for what comes in."""
    bus = BusyBus()
    bus.grant(BEN, WIDE)
    bus.grant(ADA, WIDE)
    sweep_once(bus.small)
    bus.publish(make_referral(JOBS, participant_id=BEN, provider_id=ProviderId("borough-d")))
    bus.small.turn(0)

    assert bus.small.is_sweeping
    assert bus.in_tray(BEN) == 2


def test_a_correction_moves_no_record_before_the_sweep_of_a_merge_comes_to_it() -> None:
    """Its record stands under the former number: a tombstone now would show that it came in."""
    bus = BusyBus()
    for number in (ADA, BEN):
        bus.grant(number, WIDE, Category.PARTICIPATION)
    bus.turn(bus.small)
    last = max(split_out_key(key)[1] for key in bus.tray(WIDE) if key.startswith(ADA.encode()))
    bus.merge(ADA, BEN)
    sweep_once(bus.small)
    before = bus.records(WIDE)

    bus.publish(
        make_referral(
            JOBS,
            event_id=last,
            participant_id=ADA,
            provider_id=ProviderId("borough-d"),
            revision=2,
            contact=None,
        )
    )
    taken = bus.small.turn(0)

    assert (taken.events, bus.records(WIDE)) == (1, before)
    finish(bus.small)
    assert (bus.in_tray(ADA), bus.in_tray(BEN)) == (0, MANY + 1)
    bus.assert_holds()


def test_a_killed_process_goes_on_where_it_was() -> None:
    """Nothing that was swept, sent and closed is looked at again."""
    bus = BusyBus()
    bus.grant(ADA, WIDE)
    sweep_once(bus.small)

    successor = bus.new_shard(max_events=PORTION)

    assert successor.is_sweeping
    assert finish(successor) == MANY - PORTION
    assert bus.in_tray(ADA) == MANY
    bus.assert_holds()


@pytest.mark.parametrize("step", TurnStep)
def test_a_process_killed_in_the_middle_of_a_portion_loses_nothing_and_counts_nothing_twice(
    step: TurnStep,
) -> None:
    """What was sent and not closed is sent again; what it cost is that of what was closed."""
    bus = BusyBus()
    granted = bus.grant(ADA, WIDE)
    sweep_once(bus.small)
    victim = bus.new_shard(killed_at(step), max_events=PORTION)
    with suppress(KilledError):  # a portion reads no events
        sweep_once(victim)
    assert not bus.has_enforced(granted)

    finish(bus.new_shard(max_events=PORTION))

    assert bus.in_tray(ADA) == MANY
    assert bus.ground.database.enforcement[granted].cost == {WIDE: Cost(MANY, 0)}
    bus.assert_holds()


def test_the_audit_names_what_a_sweep_has_not_come_to() -> None:
    """As what any change has not done yet: neither too little of it, nor what is done."""
    bus = BusyBus()
    bus.grant(ADA, WIDE)
    bus.turn(bus.small)
    bus.withdraw(ADA, WIDE)
    for left in range(MANY, 0, -PORTION):
        found = bus.audit().differences
        assert {one.kind for one in found} == {DifferenceKind.SURPLUS}
        assert len(found) == bus.in_tray(ADA) == left
        sweep_once(bus.small)

    bus.assert_holds()


def test_a_later_change_is_not_undone_by_the_rest_of_a_sweep() -> None:
    """Each portion decides as the ledger stands then: nothing that was withdrawn is written."""
    bus = BusyBus()
    granted = bus.grant(ADA, WIDE)
    sweep_once(bus.small)
    withdrawn = bus.withdraw(ADA, WIDE)
    before = len(bus.records(WIDE))
    finish(bus.small)

    assert [one.value for one in bus.records(WIDE)[before:]] == [None] * PORTION
    assert bus.in_tray(ADA) == 0
    assert bus.has_enforced(granted)
    assert bus.has_enforced(withdrawn)
    bus.assert_holds()


def test_an_erasure_is_finished_when_all_of_it_is_swept() -> None:
    """What is left in a tray until then would have nobody to take it away."""
    bus = BusyBus()
    bus.grant(ADA, WIDE)
    bus.turn(bus.small)
    with bus.ground.begin() as tx:
        record_erasure(tx, ADA, bus.vault)
    sweep_once(bus.small)

    assert bus.in_tray(ADA) == MANY - PORTION
    with pytest.raises(ErasureError), bus.ground.begin() as tx:
        finish_erasure(tx, ADA)
    finish(bus.small)
    assert bus.in_tray(ADA) == 0
    with bus.ground.begin() as tx:
        finish_erasure(tx, ADA)


def test_an_erasure_in_the_middle_of_a_sweep_is_enforced_behind_it() -> None:
    """Nothing more is written of her, and of neither a row is left when she is forgotten."""
    bus = BusyBus()
    granted = bus.grant(ADA, WIDE)
    sweep_once(bus.small)
    with bus.ground.begin() as tx:
        record_erasure(tx, ADA, bus.vault)
    finish(bus.small)

    assert bus.has_enforced(granted)
    assert sum(one.value is not None for one in sent_of_ada(bus)) == PORTION
    assert bus.in_tray(ADA) == 0
    with bus.ground.begin() as tx:
        finish_erasure(tx, ADA)
    assert bus.ground.database.sweeps == {}
    bus.turn(bus.small)
    bus.assert_holds()


def test_numbers_that_are_merged_and_parted_in_the_middle_of_a_sweep_stand_where_they_should() -> (
    None
):
    """Portions decide under the number of their own moment, and a later sweep moves the others."""
    bus = BusyBus()
    bus.grant(BEN, WIDE)
    bus.grant(ADA, WIDE)
    sweep_once(bus.small)
    merged = bus.merge(ADA, BEN)
    sweep_once(bus.small)
    assert not bus.has_enforced(merged)
    finish(bus.small)
    assert (bus.in_tray(ADA), bus.in_tray(BEN)) == (0, MANY + 1)
    assert bus.has_enforced(merged)
    bus.assert_holds()

    bus.withdraw(BEN, WIDE)
    bus.grant(BEN, WIDE)
    sweep_once(bus.small)
    parted = bus.unmerge(ADA)
    finish(bus.small)
    assert bus.has_enforced(parted)
    assert bus.in_tray(BEN) == 1
    bus.assert_holds()


@pytest.mark.parametrize("shards", [1, 2, 3])
def test_who_takes_the_partitions_over_goes_on_with_what_is_swept(shards: int) -> None:
    """Of one person where it was, of everybody from the beginning; both are enforced then."""
    bus = BusyBus()
    bus.grant(ADA, WIDE)
    bus.grant(BEN, WIDE)
    bus.turn(bus.small)
    bus.ground.share_out(PARTITIONS, shards % PARTITIONS + 1, bus.open_log)
    first, *others = (bus.new_shard(shard_id=one, max_events=PORTION) for one in bus.ground.shards)
    of_service = bus.mark_jobs_as_sensitive()
    of_ada = bus.withdraw(ADA, WIDE)
    for shard in (first, *others):
        shard.turn(0)
        shard.turn(0)
        shard.turn(0)
    assert not bus.has_enforced(of_ada)

    for shard in bus.divide(shards):
        bus.turn(shard)

    assert bus.has_enforced(of_ada)
    assert bus.has_enforced(of_service)
    assert bus.in_tray(ADA) == 0
    bus.assert_holds()


def test_what_had_run_out_by_a_fast_clock_is_looked_at_again_once_it_is_right() -> None:
    """A portion finds nothing to do two days ahead, which nothing but the cursor remembers."""
    bus = BusyBus()
    bus.grant(ADA, WIDE, until=bus.clock() + timedelta(days=1))
    bus.small.turn(0)
    bus.clock.go_on(timedelta(days=2))
    assert bus.small.turn(0).swept == PORTION
    bus.clock.go_on(-timedelta(days=2))
    finish(bus.small)

    assert bus.in_tray(ADA) == MANY
    bus.assert_holds()


def test_the_order_of_a_person_s_records_does_not_show_how_they_were_divided() -> None:
    """They come in the order of their keys, in one turn or in several."""
    for max_events in (PORTION, MANY):
        bus = BusyBus(max_events)
        bus.grant(ADA, WIDE)
        bus.turn(bus.small)

        keys = [one.key for one in sent_of_ada(bus)]
        assert len(keys) == MANY
        assert keys == sorted(keys)


def test_a_batch_that_is_not_due_any_more_is_released_no_further() -> None:
    """A clock was an hour fast: what is left waits until it is due."""
    bus = BusyBus(max_events=MANY)
    bus.grant(ADA, STATISTICS)
    bus.turn(bus.small)
    assert bus.tray(STATISTICS) == {}
    bus.clock.go_on(HOUR)
    sweep_once(bus.small)
    released = bus.tray(STATISTICS).keys()
    bus.clock.go_on(-HOUR)
    bus.turn(bus.small)
    assert bus.tray(STATISTICS).keys() == released

    bus.clock.go_on(HOUR)
    bus.turn(bus.small)

    assert len(released) < len(bus.tray(STATISTICS)) == MANY + 2
    bus.assert_holds()
