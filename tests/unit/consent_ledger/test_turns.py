"""Turns of the filter on a bus in memory: what they take, refuse, look at again and enter."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.services import Provider, Service
from consent_ledger.consent.changes import ALL, Grant, Renewal
from consent_ledger.consent.new_terms import enter_services
from consent_ledger.consent.standing_entries import ConsentError
from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.filter.intake import Reason
from consent_ledger.rights.erasure import record_erasure
from schemas.identifiers import AgreementId, PassportNumber, ProviderId, ServiceId
from schemas.trays import DEAD_PREFIX, OUT_PREFIX, in_tray, is_tick
from tests.histories import cast
from tests.support.bus import AnyBus
from tests.support.factories import make_referral
from tests.support.memory.ground import MemoryGround

WIDE, STATISTICS = AgreementId("wide.purpose"), AgreementId("hub.statistics")
ADA, BEN = (one.participant_id for one in cast.people()[:2])
JOBS = ServiceId("borough-d.jobs")
BOROUGH, COLLEGE = ProviderId("borough-d"), ProviderId("college-c")


class QuietBus(AnyBus):
    """A bus in memory with the agreements of the histories, and two people."""

    def __init__(
        self, agreements: Sequence[Agreement] = tuple(cast.agreements(0).values())
    ) -> None:
        super().__init__(MemoryGround())
        self.set_up(agreements, cast.directory())
        self.add_people([ADA, BEN])
        self.turn()  # the first looks at everything

    def letters(self) -> list[bytes]:
        """Return the reasons of all dead letters."""
        return [
            dict(one.headers)["reason"]
            for (topic, _), held in self.broker.partitions.items()
            if topic.startswith(DEAD_PREFIX)
            for one in held
            if not is_tick(one.key)
        ]

    def ticks(self) -> int:
        """Return how many ticks the out-trays hold."""
        return sum(
            is_tick(one.key)
            for (topic, _), held in self.broker.partitions.items()
            if topic.startswith(OUT_PREFIX)
            for one in held
        )


def erase(bus: QuietBus, number: PassportNumber) -> None:
    """Enter an erasure."""
    with bus.ground.begin() as tx:
        record_erasure(tx, number, bus.vault)


def test_a_provider_does_not_replace_another_s_event() -> None:
    """Whoever knows its id could put their own words, and a higher revision, in its place."""
    bus = QuietBus()
    bus.grant(ADA, WIDE)
    own = make_referral(JOBS, participant_id=ADA, provider_id=BOROUGH)
    bus.publish(own)
    bus.turn()
    bus.publish(own.model_copy(update={"provider_id": COLLEGE, "revision": 2}))
    report = bus.turn()

    assert report.refused == {Reason.EVENT_OF_ANOTHER_PROVIDER: 1}
    assert bus.letters() == [Reason.EVENT_OF_ANOTHER_PROVIDER.encode()]
    assert {one["provider_id"] for one in bus.tray(WIDE).values()} == {BOROUGH}


def test_no_dead_letter_is_about_somebody_erased() -> None:
    """Neither a late event of theirs, nor what names them and could not be accepted."""
    bus = QuietBus()
    late = make_referral(JOBS, participant_id=ADA, provider_id=BOROUGH)
    erase(bus, ADA)
    bus.publish(late, late.model_copy(update={"provider_id": COLLEGE}))
    naming = b"not an event of " + ADA.encode()
    bus.broker.append(in_tray(BOROUGH), 0, b"key", naming)
    report = bus.turn()

    assert report.refused == {Reason.ERASED_PARTICIPANT: 3}
    assert bus.letters() == []


def test_an_erasure_lets_a_tick_be_written_at_once() -> None:
    """Compaction removes the person's bytes where nothing else is written."""
    bus = QuietBus()
    bus.turn()
    assert bus.ticks() == 0

    erase(bus, ADA)
    bus.turn()

    assert bus.ticks() > 0


def test_a_provider_that_is_entered_is_read_from_then_on() -> None:
    """The process need not be started again."""
    bus = QuietBus()
    new = ProviderId("charity-z")
    directory = cast.directory()
    entered = {
        "providers": (*directory.providers, Provider(id=new, name="New")),
        "services": (
            *directory.services,
            Service(id=ServiceId("charity-z.advice"), name="Advice", sensitive=False),
        ),
    }
    with bus.ground.begin() as tx:
        enter_services(tx, directory.model_copy(update=entered))
    bus.turn()
    bus.publish(make_referral(JOBS, participant_id=ADA, provider_id=new))

    assert bus.turn().events == 1


def test_a_turn_without_events_carries_out_what_was_said() -> None:
    """Not the first alone."""
    bus = QuietBus()
    bus.publish(make_referral(JOBS, participant_id=ADA, provider_id=BOROUGH))
    bus.turn()
    for _ in range(2):
        bus.grant(ADA, WIDE)
        bus.turn()
        assert len(bus.tray(WIDE)) == 1
        bus.withdraw(ADA, WIDE)
        bus.turn()
        assert bus.tray(WIDE) == {}


def test_a_turn_that_is_asked_nothing_writes_nothing() -> None:
    """An idle shard would commit every second. What comes to be due meanwhile is still found."""
    bus = QuietBus()
    shard = bus.new_shard()
    bus.publish(make_referral(JOBS, participant_id=ADA, provider_id=BOROUGH))
    bus.grant(ADA, WIDE, until=bus.clock() + timedelta(minutes=5))
    bus.turn(shard)
    begin = bus.clock()

    for _ in range(3):
        bus.clock.go_on(timedelta(minutes=1))
        bus.turn(shard)
    assert {row.checked_at for row in bus.ground.shards.values()} == {begin}

    bus.clock.go_on(timedelta(minutes=5))
    bus.turn(shard)
    assert bus.tray(WIDE) == {}


def test_a_shard_comes_past_what_concerns_another_alone() -> None:
    """Whoever waits until every shard is past an entry waits for those that it asks nothing of."""
    bus = QuietBus()
    shards = bus.divide(2)
    for shard in shards:
        bus.turn(shard)
    seq = bus.grant(ADA, WIDE)

    for shard in shards:
        bus.turn(shard)

    assert {row.next_seq for row in bus.ground.shards.values()} == {seq + 1}


def test_a_standing_names_the_entry_of_its_own_number() -> None:
    """Each number of a person has an entry of its own, and a recipient is told which decided."""
    bus = QuietBus()
    bus.merge(ADA, BEN)
    first = bus.grant(ADA, WIDE)

    assert [bus.standing(one, WIDE).seq for one in (BEN, ADA)] == [first, first + 1]

    parted = bus.unmerge(ADA)

    assert bus.standing(ADA, WIDE).seq == parted + 1


def test_a_mark_names_the_entry_that_changed_it() -> None:
    """The others keep theirs."""
    bus = QuietBus()
    before = bus.terms().services
    directory = cast.directory()
    changed = directory.services[0].model_copy(
        update={"sensitive": not directory.services[0].sensitive}
    )
    services = (changed, *directory.services[1:])
    with bus.ground.begin() as tx:
        enter_services(tx, directory.model_copy(update={"services": services}))
    after = bus.terms().services

    assert after[changed.id].seq > max(mark.seq for mark in before.values())
    assert {one: after[one] for one in before if one != changed.id} == {
        one: before[one] for one in before if one != changed.id
    }


def test_consent_is_not_given_until_a_moment_that_has_passed() -> None:
    """It would open nothing, and look as if it had."""
    bus = QuietBus()
    bus.grant(ADA, WIDE)
    passed = bus.clock() - timedelta(days=1)

    for change in (
        Grant(number=ADA, agreement=WIDE, categories=ALL, until=passed),
        Renewal(number=ADA, agreement=WIDE, until=passed),
    ):
        with pytest.raises(ConsentError, match="has passed already"):
            bus.enter(change)


def test_what_ran_out_as_its_batch_came_waits_again_once_the_clock_is_right() -> None:
    """The batch is due by a clock two days ahead, and the turn is cut short behind it."""
    bus = QuietBus()
    bus.grant(ADA, STATISTICS, until=bus.clock() + timedelta(days=1))
    bus.publish(make_referral(JOBS, participant_id=ADA, provider_id=BOROUGH))
    bus.turn()
    bus.clock.go_on(timedelta(days=2))
    with pytest.raises(InterruptedError):
        bus.turn(bus.new_shard(cut_short_behind_a_batch))
    bus.clock.go_on(-timedelta(days=2))
    bus.turn(bus.new_shard())

    bus.assert_holds()


def cut_short_behind_a_batch(step: TurnStep) -> None:
    """Raise InterruptedError once what was sent first is confirmed."""
    if step is TurnStep.AFTER_POSITIONS:
        raise InterruptedError
