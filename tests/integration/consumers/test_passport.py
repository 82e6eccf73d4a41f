from sqlalchemy import Connection, Engine

from consumers.changes import latest_changes
from consumers.passport.facts import PassportFacts, facts_about
from consumers.passport.view import see_all_that_is_held, view
from consumers.tray import TrayRecord
from schemas.blocks import Contact
from schemas.categories import Category
from schemas.identifiers import new_passport_number
from tests.support.factories import make_events, make_outcome, make_referral
from tests.support.out_trays import out_record, retracted


def apply(connection: Connection, *records: TrayRecord) -> None:
    """Apply records as one batch."""
    PassportFacts().apply(connection, latest_changes(records))


def test_a_passport_is_read_from_what_was_applied(engine: Engine) -> None:
    """Types survive the table: texts, numbers, booleans, lists, records, days and moments."""
    somebody = new_passport_number()
    referral, enrolment, outcome = make_events(somebody)
    with engine.begin() as connection:
        apply(connection, *map(out_record, (referral, enrolment, outcome)))
        held = view(connection, somebody, see_all_that_is_held)

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


def test_a_redaction_takes_its_values_out(engine: Engine) -> None:
    """A category that is closed again leaves nothing behind."""
    event = make_referral(contact=Contact(phone="020 7946 0123"))
    with engine.begin() as connection:
        apply(connection, out_record(event))
        apply(connection, out_record(event, [Category.CONTACT]))
        held = view(connection, event.participant_id, see_all_that_is_held)

    assert held.value_of(Category.CONTACT, "phone") is None
    assert held.value_of(Category.IDENTITY, "family_name") is not None


def test_a_retraction_takes_the_event_out_and_no_other(engine: Engine) -> None:
    """A tombstone deletes every fact of its event."""
    somebody = new_passport_number()
    gone, kept = make_referral(participant_id=somebody), make_outcome(participant_id=somebody)
    with engine.begin() as connection:
        apply(connection, out_record(gone), out_record(kept))
        apply(connection, retracted(gone))

        assert {fact.event_id for fact in facts_about(connection, somebody)} == {kept.event_id}


def test_applying_again_changes_nothing(engine: Engine) -> None:
    """Duplicates and replays are harmless."""
    somebody = new_passport_number()
    records = [out_record(event) for event in make_events(somebody)]
    with engine.begin() as connection:
        apply(connection, *records)
        once = sorted(map(repr, facts_about(connection, somebody)))
        apply(connection, *records)
        apply(connection, records[1])

        assert sorted(map(repr, facts_about(connection, somebody))) == once


def test_a_passport_is_one_participant_s(engine: Engine) -> None:
    """Nothing of anybody else is in it, and nobody sees anything by default."""
    one, other = make_referral(), make_referral()
    with engine.begin() as connection:
        apply(connection, out_record(one), out_record(other))
        held = view(connection, one.participant_id, see_all_that_is_held)

        assert {step.event_id for step in held.story} == {one.event_id}
        assert view(connection, one.participant_id).story == ()


def test_a_nul_in_a_text_is_stored_as_something_else(engine: Engine) -> None:
    """A text that PostgreSQL would refuse does not stop the reader."""
    event = make_referral(contact=Contact(phone="1\x002"))
    with engine.begin() as connection:
        apply(connection, out_record(event))
        phone = view(connection, event.participant_id, see_all_that_is_held).value_of(
            Category.CONTACT, "phone"
        )

    assert phone is not None
    assert phone.last.value == "1\ufffd2"


def test_clearing_forgets_every_fact(engine: Engine) -> None:
    """A rebuild begins with nothing."""
    event = make_referral()
    with engine.begin() as connection:
        apply(connection, out_record(event))
        PassportFacts().clear(connection)

        assert facts_about(connection, event.participant_id) == []
