from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine

from schemas.categories import Category
from tests.bus import Bus
from tests.factories import make_enrolment, make_events, make_outcome


@pytest.fixture
def bus(database_url: str) -> Iterator[Bus]:
    """Give a bus of the test's own."""
    engine = create_engine(database_url, hide_parameters=True)
    try:
        yield Bus(engine)
    finally:
        engine.dispose()


def test_without_a_grant_no_consent_tray_gets_anything(bus: Bus) -> None:
    """Absence denies: only the agreement that reaches everyone on public task delivers."""
    bus.publish(*make_events(bus.participant()))
    bus.turn()

    assert bus.tray("college-c.outcomes") == {}
    assert len(bus.tray("hub.statistics")) == 3
    bus.assert_holds()


def test_a_grant_opens_what_was_published_before_and_after_it(bus: Bus) -> None:
    """A grant backfills, and later events follow."""
    participant_id = bus.participant()
    bus.publish(*make_events(participant_id))
    bus.turn()
    bus.grant(participant_id, "borough-d.support")
    bus.turn()
    bus.publish(make_enrolment(participant_id=participant_id))
    bus.turn()

    assert len(bus.tray("borough-d.support")) == 4
    bus.assert_holds()


def test_a_withdrawal_leaves_nothing(bus: Bus) -> None:
    """Every record is retracted by a tombstone."""
    participant_id = bus.participant()
    bus.grant(participant_id, "borough-d.support")
    bus.publish(*make_events(participant_id))
    bus.turn()
    bus.withdraw(participant_id, "borough-d.support")
    report = bus.turn()

    assert bus.tray("borough-d.support") == {}
    assert report.retracted["borough-d.support"] == 3
    bus.assert_holds()


def test_closing_one_category_redacts_the_record_under_the_same_key(bus: Bus) -> None:
    """The record stays, its health block is null."""
    participant_id = bus.participant()
    bus.grant(participant_id, "borough-d.support")
    bus.publish(make_outcome(participant_id=participant_id, provider_id="borough-d"))
    bus.turn()
    before = bus.tray("borough-d.support")
    bus.withdraw(participant_id, "borough-d.support", [Category.HEALTH])
    bus.turn()
    after = bus.tray("borough-d.support")

    assert before.keys() == after.keys()
    assert [record["health"] for record in before.values()] != [None]
    assert [record["health"] for record in after.values()] == [None]
    bus.assert_holds()
