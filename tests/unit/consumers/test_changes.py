import pytest

from consumers.changes import Delete, Upsert, latest_changes
from schemas.categories import Category
from schemas.errors import MalformedError
from tests.support.factories import make_enrolment, make_outcome, make_referral
from tests.support.out_trays import out_record, out_value, retracted


def test_a_value_becomes_an_upsert_with_its_closed_blocks_empty() -> None:
    """An upsert names participant, event and type, and has None for what is closed."""
    event = make_referral()

    (change,) = latest_changes([out_record(event, [Category.HEALTH])])

    assert isinstance(change, Upsert)
    assert (event.participant_id, event.event_id) == (change.participant, change.event_id)
    assert change.event == "referral"
    assert change.fields["health"] is None
    assert change.fields["identity"]["given_names"] == "Ada"


def test_a_tombstone_becomes_a_delete() -> None:
    """A null value deletes its key, whether anything was seen under it or not."""
    event = make_outcome()

    assert latest_changes([retracted(event)]) == [Delete(event.participant_id, event.event_id)]


def test_the_last_record_of_a_key_wins() -> None:
    """Value, tombstone, value and value, tombstone end as the last of them says."""
    kept, gone = make_referral(), make_enrolment()
    records = [
        out_record(kept, offset=0),
        out_record(gone, offset=1),
        retracted(kept, offset=2),
        retracted(gone, offset=3),
        out_record(kept, [Category.NOTES], offset=4),
    ]

    changes = {change.event_id: change for change in latest_changes(records)}

    assert isinstance(changes[gone.event_id], Delete)
    last = changes[kept.event_id]
    assert isinstance(last, Upsert)
    assert last.fields["notes"] is None


def test_records_that_are_overtaken_are_not_decoded() -> None:
    """What stood under a key before does not matter any more, not even whether it was sound."""
    event = make_referral()
    broken = out_record(event)._replace(value=b"\x00broken")

    (change,) = latest_changes([broken, out_record(event, offset=1)])

    assert isinstance(change, Upsert)


@pytest.mark.parametrize("value", [b"", b"\x00", b"\x00\x00\x00\x00\x01junk"])
def test_a_value_that_is_no_event_is_refused(value: bytes) -> None:
    """The filter alone writes out-trays: anything else means that something is badly wrong."""
    with pytest.raises(MalformedError):
        latest_changes([out_record(make_referral())._replace(value=value)])


def test_a_key_that_is_not_its_value_s_is_refused_without_quoting_it() -> None:
    """A value under somebody else's key would show one person's event as another's."""
    one, other = make_referral(), make_referral()

    with pytest.raises(MalformedError) as raised:
        latest_changes([out_record(one)._replace(value=out_value(other))])

    assert one.participant_id not in str(raised.value)
    assert other.participant_id not in str(raised.value)


def test_a_value_without_participation_is_refused() -> None:
    """Participation is the gate: a record that lacks it should never have been written."""
    with pytest.raises(MalformedError, match="participation"):
        latest_changes([out_record(make_referral(), [Category.PARTICIPATION])])


def test_a_nul_in_a_text_is_replaced() -> None:
    """PostgreSQL takes no NUL, and one provider's odd text must not stop a reader for ever."""
    event = make_referral()
    goals = {**event.model_dump()["needs"], "goals": ["of\x00fice"]}

    (change,) = latest_changes([out_record(event, needs=goals)])

    assert isinstance(change, Upsert)
    assert change.fields["needs"]["goals"] == ["of\ufffdfice"]
