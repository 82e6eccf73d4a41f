import pytest
from sqlalchemy import Connection, select, update

from consent_ledger.journal.vault import UnsealError, Vault
from consumers.changes import latest_changes
from consumers.passport import tables
from consumers.passport.facts import PassportFacts, facts_about
from consumers.passport.view import see_all_that_is_held, view
from schemas.blocks import Contact
from schemas.categories import Category
from schemas.trays import TrayRecord
from tests.support.bus import Bus
from tests.support.bus_settings import PEPPER
from tests.support.erasures import record
from tests.support.factories import make_events, make_outcome, make_referral
from tests.support.out_trays import out_record, retracted

VAULT = Vault([bytes(32)], PEPPER)
"""The bus's own."""


def apply(connection: Connection, *records: TrayRecord) -> None:
    """Apply records as one batch."""
    PassportFacts(VAULT).apply(connection, latest_changes(records))


def test_a_passport_is_read_from_what_was_applied(bus: Bus) -> None:
    """Types survive the table: texts, numbers, booleans, lists, records, days and moments."""
    somebody = bus.participant()
    referral, enrolment, outcome = make_events(somebody)
    with bus.engine.begin() as connection:
        apply(connection, *map(out_record, (referral, enrolment, outcome)))
        held = view(connection, VAULT, somebody, see_all_that_is_held)

    values = {(one.category, one.field): one.last.value for one in held.values}
    assert values[Category.IDENTITY, "date_of_birth"] == "1991-03-14"
    assert values[Category.CONTACT, "interpreter"] is False
    assert values[Category.NEEDS, "hours_wanted"] == 21.5
    assert values[Category.HEALTH, "conditions"] == [9]
    assert {step.event_id for step in held.story} == {
        referral.event_id,
        enrolment.event_id,
        outcome.event_id,
    }
    progress = held.story[-1].facts[Category.PROGRESS]
    assert progress["contributors"] == [{"provider_id": "borough-d", "role": "job brokerage"}]


def test_a_redaction_takes_its_values_out(bus: Bus) -> None:
    """A category that is closed again leaves nothing behind."""
    event = make_referral(participant_id=bus.participant(), contact=Contact(phone="020 7946 0123"))
    with bus.engine.begin() as connection:
        apply(connection, out_record(event))
        apply(connection, out_record(event, [Category.CONTACT]))
        held = view(connection, VAULT, event.participant_id, see_all_that_is_held)

    assert held.value_of(Category.CONTACT, "phone") is None
    assert held.value_of(Category.IDENTITY, "family_name") is not None


def test_a_retraction_takes_the_event_out_and_no_other(bus: Bus) -> None:
    """A tombstone deletes every fact of its event."""
    somebody = bus.participant()
    gone, kept = make_referral(participant_id=somebody), make_outcome(participant_id=somebody)
    with bus.engine.begin() as connection:
        apply(connection, out_record(gone), out_record(kept))
        apply(connection, retracted(gone))

        assert {fact.event_id for fact in facts_about(connection, VAULT, somebody)} == {
            kept.event_id
        }


def test_applying_again_changes_nothing(bus: Bus) -> None:
    """Duplicates and replays are harmless."""
    somebody = bus.participant()
    records = [out_record(event) for event in make_events(somebody)]
    with bus.engine.begin() as connection:
        apply(connection, *records)
        once = sorted(map(repr, facts_about(connection, VAULT, somebody)))
        apply(connection, *records)
        apply(connection, records[1])

        assert sorted(map(repr, facts_about(connection, VAULT, somebody))) == once


def test_a_passport_is_one_participant_s(bus: Bus) -> None:
    """Nothing of anybody else is in it, and nobody sees anything by default."""
    one, other = (make_referral(participant_id=bus.participant()) for _ in range(2))
    with bus.engine.begin() as connection:
        apply(connection, out_record(one), out_record(other))
        held = view(connection, VAULT, one.participant_id, see_all_that_is_held)

        assert {step.event_id for step in held.story} == {one.event_id}
        assert view(connection, VAULT, one.participant_id).story == ()


def test_a_nul_in_a_text_is_stored_as_something_else(bus: Bus) -> None:
    """A text that PostgreSQL would refuse does not stop the reader."""
    event = make_referral(participant_id=bus.participant(), contact=Contact(phone="1\x002"))
    with bus.engine.begin() as connection:
        apply(connection, out_record(event))
        phone = view(connection, VAULT, event.participant_id, see_all_that_is_held).value_of(
            Category.CONTACT, "phone"
        )

    assert phone is not None
    assert phone.last.value == "1\ufffd2"


def test_clearing_forgets_every_fact(bus: Bus) -> None:
    """A rebuild begins with nothing."""
    event = make_referral(participant_id=bus.participant())
    with bus.engine.begin() as connection:
        apply(connection, out_record(event))
        PassportFacts(VAULT).clear(connection)

        assert facts_about(connection, VAULT, event.participant_id) == []


def test_nothing_is_shown_of_somebody_without_a_key(bus: Bus) -> None:
    """Whoever is being erased has none: what is still held, and what still arrives, is noise."""
    somebody = bus.participant()
    events = make_events(somebody)
    with bus.engine.begin() as connection:
        apply(connection, out_record(events[0]))
    record(bus, somebody)
    with bus.engine.begin() as connection:
        apply(connection, out_record(events[1]))

        assert view(connection, VAULT, somebody, see_all_that_is_held).story == ()
        held = connection.scalars(select(tables.event.c.event_id)).all()
        assert held == [events[0].event_id]


def test_a_reader_with_an_older_key_stores_nothing(bus: Bus) -> None:
    """It ends, and is started again with the keys as they are."""
    records = [out_record(event) for event in make_events(bus.participant())]
    projection = PassportFacts(Vault([bytes(31) + b"x"], PEPPER))

    with bus.engine.begin() as connection, pytest.raises(UnsealError):
        projection.apply(connection, latest_changes(records))


def test_a_forged_row_is_no_passport(bus: Bus) -> None:
    """Whoever writes into the table without a key is found out by the first who reads."""
    event = make_referral(participant_id=bus.participant())
    with bus.engine.begin() as connection:
        apply(connection, out_record(event))
        connection.execute(update(tables.event).values(sealed=b"x" * 60))

        with pytest.raises(UnsealError):
            view(connection, VAULT, event.participant_id, see_all_that_is_held)
