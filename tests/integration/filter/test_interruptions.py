"""The filter killed between any two steps, replaced while it still runs, fed twice."""

from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from consent_ledger.filter.failpoints import TurnStep
from consent_ledger.filter.store import FencedError
from consent_ledger.ledger.enforcement import enforced
from consent_ledger.tables.delivery import disclosure, journal
from schemas.categories import Category
from schemas.identifiers import AgreementId, PassportNumber, TopicName
from tests.support.bus import Bus
from tests.support.factories import make_enrolment, make_events, make_outcome
from tests.support.fakes import FencedInMemoryError
from tests.support.killing import KilledError, killed_at


@pytest.mark.parametrize("hit", [1, 2, 10])
@pytest.mark.parametrize("step", list(TurnStep))
def test_killed_at_any_step_nothing_is_lost_and_nothing_leaks(
    bus: Bus, step: TurnStep, hit: int
) -> None:
    """Whatever the filter was doing, its successor makes every tray what it must be."""
    people = [bus.participant() for _ in range(4)]
    shard = bus.new_shard(killed_at(step, hit))
    deaths = 0
    for change in _history(bus, people):
        change()
        try:
            bus.turn(shard)
        except KilledError:
            deaths += 1
            shard = bus.new_shard()
    bus.turn(shard)

    assert deaths == 1
    bus.assert_holds()


def test_a_filter_killed_before_it_sent_sends_when_it_is_back(bus: Bus) -> None:
    """What was written down as disclosed and never sent is not taken for sent."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.turn()

    bus.publish(*make_events(participant_id))
    with pytest.raises(KilledError):
        bus.turn(bus.new_shard(killed_at(TurnStep.AFTER_JOURNAL)))
    assert bus.tray(AgreementId("borough-d.support")) == {}

    bus.turn(bus.new_shard())

    assert len(bus.tray(AgreementId("borough-d.support"))) == 3
    bus.assert_holds()


def test_a_filter_that_was_replaced_writes_nothing_more(bus: Bus) -> None:
    """The predecessor wakes up after the take-over and is refused before anything is written."""
    participant_id = bus.participant()
    predecessor = bus.shard
    bus.turn(predecessor)
    bus.new_shard()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(*make_events(participant_id))

    with pytest.raises(FencedError):
        bus.turn(predecessor)

    assert bus.broker.read(TopicName("out.borough-d.support")) == []
    with bus.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(journal)) == 0


def test_a_filter_replaced_between_its_decision_and_its_append_is_fenced_by_the_log(
    bus: Bus,
) -> None:
    """Its SQL was committed in time, its records come too late: the log refuses them."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.turn()

    def take_over_now(at: TurnStep) -> None:
        if at is TurnStep.AFTER_JOURNAL:
            successors.append(bus.new_shard())

    successors: list[object] = []
    bus.publish(*make_events(participant_id))
    with pytest.raises(FencedInMemoryError):
        bus.turn(bus.new_shard(take_over_now))
    bus.withdraw(participant_id, AgreementId("borough-d.support"))
    bus.turn(bus.new_shard())

    assert bus.tray(AgreementId("borough-d.support")) == {}
    bus.assert_holds()


def test_reading_everything_again_changes_no_tray(bus: Bus) -> None:
    """Replays are harmless: not a record is written twice."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    events = make_events(participant_id)
    bus.publish(*events)
    bus.turn()
    before = list(bus.broker.read(TopicName("out.borough-d.support")))
    bus.publish(*events)
    bus.turn()

    assert list(bus.broker.read(TopicName("out.borough-d.support"))) == before


def test_a_disclosure_is_written_down_before_it_is_made(bus: Bus) -> None:
    """At the moment of sending, the database already says what is about to be sent."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.turn()
    seen = []

    def failpoint(at: TurnStep) -> None:
        if at is TurnStep.AFTER_JOURNAL:
            with bus.engine.connect() as connection:
                seen.append(connection.scalar(select(func.count()).select_from(disclosure)))
            seen.append(len(bus.broker.read(TopicName("out.borough-d.support"))))

    bus.publish(make_enrolment(participant_id=participant_id))
    bus.turn(bus.new_shard(failpoint))

    assert seen == [2, 0]  # the borough's tray and the hub's


def test_a_withdrawal_is_enforced_only_after_its_tombstones_were_flushed(bus: Bus) -> None:
    """Recorded at once; enforced with the count of what was retracted, once the turn has ended."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("borough-d.support"))
    bus.publish(*make_events(participant_id))
    bus.turn()
    seq = bus.withdraw(participant_id, AgreementId("borough-d.support"))
    seen = []

    def failpoint(at: TurnStep) -> None:
        if at is TurnStep.AFTER_APPEND:
            with bus.engine.connect() as connection:
                seen.append(enforced(connection, seq))

    bus.turn(bus.new_shard(failpoint))

    assert seen == [None]
    with bus.engine.connect() as connection:
        found = enforced(connection, seq)
    assert found is not None
    assert (found.records, found.tombstones) == (0, 3)


def test_a_tombstone_is_written_only_where_something_may_stand(bus: Bus) -> None:
    """Who never saw a thing of somebody does not learn from a withdrawal that they exist."""
    participant_id = bus.participant()
    bus.grant(participant_id, AgreementId("college-c.outcomes"))
    bus.publish(make_enrolment(participant_id=participant_id))  # the agreement has outcomes alone
    bus.turn()
    bus.withdraw(participant_id, AgreementId("college-c.outcomes"))
    bus.turn()

    assert bus.broker.read(TopicName("out.college-c.outcomes")) == []


def _history(bus: Bus, people: list[PassportNumber]) -> list[Callable[[], object]]:
    """Return the steps of a small history: publish, grant, narrow, correct, withdraw."""
    one, two, three, four = people
    enrolment = make_enrolment(participant_id=one)
    return [
        lambda: bus.publish(*make_events(PassportNumber(one)), *make_events(PassportNumber(two))),
        lambda: bus.grant(PassportNumber(one), AgreementId("borough-d.support")),
        lambda: bus.grant(PassportNumber(two), AgreementId("college-c.outcomes")),
        lambda: bus.publish(*make_events(PassportNumber(three)), enrolment),
        lambda: bus.withdraw(
            PassportNumber(one), AgreementId("borough-d.support"), Category.HEALTH
        ),
        lambda: bus.publish(enrolment.model_copy(update={"revision": 2, "identity": None})),
        lambda: bus.grant(PassportNumber(three), AgreementId("passport.coordination")),
        lambda: bus.withdraw(PassportNumber(one), AgreementId("borough-d.support")),
        lambda: bus.publish(make_outcome(participant_id=four), enrolment),
        lambda: bus.withdraw(PassportNumber(two), AgreementId("college-c.outcomes")),
    ]
