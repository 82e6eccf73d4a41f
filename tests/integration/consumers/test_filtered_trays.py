"""The recipients behind the real filter: what it writes is what they can read."""

from datetime import timedelta

from sqlalchemy import Engine, select

from consumers.analytics import tables as analytics
from consumers.analytics.facts import AnalyticsFacts
from consumers.changes import latest_changes
from consumers.passport.facts import PassportFacts
from consumers.passport.view import Passport, see_all_that_is_held, view
from consumers.projection import Projection
from schemas.categories import Category
from schemas.identifiers import AgreementId, PassportNumber
from schemas.trays import TrayRecord, out_tray
from tests.support.bus import Bus
from tests.support.factories import make_events


def follow(bus: Bus, agreement_id: AgreementId, projection: Projection) -> None:
    """Apply the whole tray to the projection."""
    topic = out_tray(agreement_id)
    records = [
        TrayRecord(topic, 0, at, record.key, record.value, ())
        for at, record in enumerate(bus.broker.read(topic))
    ]
    with bus.engine.begin() as connection:
        projection.apply(connection, latest_changes(records))


def passport(bus: Bus, participant_id: PassportNumber) -> Passport:
    """Bring the passport up to date and return it."""
    follow(bus, AgreementId("passport.coordination"), PassportFacts(bus.vault))
    with bus.engine.connect() as connection:
        return view(connection, bus.vault, participant_id, see_all_that_is_held)


def test_a_passport_follows_what_its_participant_decides(engine: Engine) -> None:
    """Nothing before a grant, everything granted after it, less after each withdrawal."""
    bus = Bus(engine)
    somebody = bus.participant()
    bus.publish(*make_events(somebody))
    bus.turn()

    assert passport(bus, somebody).story == ()

    bus.grant(somebody, AgreementId("passport.coordination"))
    bus.turn()

    assert len(passport(bus, somebody).story) == 3
    assert passport(bus, somebody).value_of(Category.CONTACT, "phone") is not None

    bus.clock.go_on(timedelta(minutes=1))
    bus.withdraw(somebody, AgreementId("passport.coordination"), Category.CONTACT)
    bus.turn()

    assert passport(bus, somebody).value_of(Category.CONTACT, "phone") is None
    assert passport(bus, somebody).value_of(Category.IDENTITY, "family_name") is not None

    bus.withdraw(somebody, AgreementId("passport.coordination"))
    bus.turn()

    held = passport(bus, somebody)
    assert (held.values, held.story) == ((), ())


def test_the_analytics_hold_bands_boroughs_and_days_of_pseudonyms(engine: Engine) -> None:
    """What reaches the hub names nobody and is no finer than its agreement says."""
    bus = Bus(engine)
    somebody = bus.participant()
    events = make_events(somebody)
    bus.publish(*events)
    bus.turn()

    follow(bus, AgreementId("hub.statistics"), AnalyticsFacts())

    with engine.connect() as connection:
        rows = connection.execute(select(analytics.fact)).all()
    assert {row.event for row in rows} == {"referral", "enrolment", "outcome"}
    assert {row.birth_band for row in rows} == {1990}
    assert {row.borough for row in rows} == {"Southwark"}
    assert len({row.participant for row in rows}) == 1
    stored = repr(rows)
    for known in (somebody, "Nwosu", "1234567899", *(event.event_id for event in events)):
        assert known not in stored
