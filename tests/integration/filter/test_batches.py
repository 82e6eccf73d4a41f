"""What is new in a pseudonymous tray comes in batches; what is closed does not wait."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, text

from consent_ledger.agreements.agreement import Pseudonym
from consent_ledger.consent.changes import Objection
from schemas.blocks import Money
from schemas.categories import Category
from schemas.events import Outcome
from schemas.identifiers import AgreementId
from tests.support.bus import Bus
from tests.support.factories import make_outcome
from tests.support.shared_fields import all_fields
from tests.support.trays_planned import make_agreement, shared_on

HOURLY, DAILY = AgreementId("research.hourly"), AgreementId("research.daily")
GATE, MONEY, PROGRESS = Category.PARTICIPATION, Category.MONEY, Category.PROGRESS
CATEGORIES = shared_on("public-task", GATE, PROGRESS) | shared_on("consent", MONEY)
BATCHED = [
    make_agreement(
        name,
        categories=CATEGORIES,
        applies_to="everyone",
        pseudonym=Pseudonym.PERSON,
        fields=all_fields([GATE, PROGRESS, MONEY]),
        release_every=minutes,
    )
    for name, minutes in ((HOURLY, 60), (DAILY, 1_440))
]


@pytest.fixture
def bus(database_url: str) -> Iterator[Bus]:
    """Give a bus with two trays that are filled in batches; at the end every tray must hold."""
    engine = create_engine(database_url, hide_parameters=True)
    try:
        made = Bus(engine, agreements=BATCHED)
        made.turn()
        yield made
        made.assert_holds()
    finally:
        engine.dispose()


def published(bus: Bus) -> Outcome:
    """Publish an outcome, and let the filter look at it."""
    event = make_outcome(participant_id=bus.participant())
    bus.publish(event)
    bus.turn()
    return event


def wait(bus: Bus, **time: float) -> None:
    """Let time pass, and the filter do what is due."""
    bus.clock.go_on(timedelta(**time))
    bus.turn()


def values(bus: Bus, agreement_id: AgreementId) -> list[dict[str, object]]:
    """Return what stands in a tray now."""
    return list(bus.tray(agreement_id).values())


def test_what_is_new_comes_with_the_next_batch_of_its_agreement(bus: Bus) -> None:
    """At its time to the millisecond, whenever it came in; the audit knows what waits."""
    wait(bus, minutes=20)
    published(bus)
    at_once = bus.records(HOURLY)
    bus.assert_holds()
    wait(bus, minutes=45, seconds=1)

    (record,) = [one for one in bus.records(HOURLY) if one.value]
    assert not [one for one in at_once if one.value]
    assert record.timestamp_ms % 3_600_000 == 0
    assert values(bus, DAILY) == []
    assert [one.agreement_id for one in bus.ground.waiting] == [DAILY]
    wait(bus, hours=12)
    assert len(values(bus, DAILY)) == 1
    assert not bus.ground.waiting


def test_a_correction_waits_and_what_it_corrects_stands(bus: Bus) -> None:
    """The moment of a correction tells as much as that of an addition."""
    event = published(bus)
    wait(bus, hours=1)
    bus.publish(event.model_copy(update={"revision": 2, "progress": None}))
    bus.turn()
    meanwhile = values(bus, HOURLY)
    bus.assert_holds()
    wait(bus, hours=1)

    assert [one["progress"] is None for one in meanwhile] == [False]
    assert [one["progress"] is None for one in values(bus, HOURLY)] == [True]


def test_an_objection_does_not_wait(bus: Bus) -> None:
    """Neither for what stands, nor for what would have come with the batch."""
    event = published(bus)
    wait(bus, hours=1)
    bus.publish(make_outcome(participant_id=event.participant_id))
    bus.turn()
    bus.enter(Objection(number=event.participant_id, agreement=HOURLY))
    bus.turn()

    assert values(bus, HOURLY) == []
    wait(bus, hours=1)
    assert values(bus, HOURLY) == []


def test_what_is_closed_goes_at_once_and_the_rest_comes_again_with_the_batch(bus: Bus) -> None:
    """A record that showed more is retracted: it cannot be replaced without telling when."""
    event = published(bus)
    bus.grant(event.participant_id, HOURLY)
    bus.turn()
    wait(bus, hours=1)
    before = values(bus, HOURLY)
    bus.withdraw(event.participant_id, HOURLY)
    bus.turn()
    meanwhile = values(bus, HOURLY)
    wait(bus, hours=1)

    assert isinstance(event.money, Money)
    assert [one["money"] is None for one in before] == [False]
    assert meanwhile == []
    assert [one["money"] is None for one in values(bus, HOURLY)] == [True]


def test_a_batch_excuses_nothing_that_is_overdue(bus: Bus) -> None:
    """Whoever lets a record wait for ever, in the database, has taken it away: it is missing."""
    published(bus)
    with bus.engine.begin() as connection:
        connection.execute(text("UPDATE ledger.waiting SET since = since - interval '2 hours'"))
    missing = [one.kind for one in bus.audit().differences if one.agreement_id == HOURLY]
    wait(bus, hours=12)

    assert set(missing) == {"missing"}
