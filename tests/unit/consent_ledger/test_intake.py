from datetime import date

import pytest

from consent_ledger.filter.intake import Reason, RefusedRecord, admit
from consent_ledger.filter.records import InRecord
from schemas.blocks import Progress
from schemas.codec import WalkedEvent, encode
from schemas.events import EnrolmentParticipation, EnrolmentStage, Event
from schemas.identifiers import ServiceId, TopicName, new_passport_number
from schemas.trays import partition_of
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_enrolment, make_outcome, make_referral


def record(event: Event) -> InRecord:
    """Return the record that a provider's publisher would write."""
    number = event.participant_id
    place = partition_of(number, PARTITIONS)
    return InRecord(TopicName(f"in.{event.provider_id}"), place, 0, number.encode(), encode(event))


def reason_of(found: WalkedEvent | RefusedRecord) -> Reason:
    """Return why it was refused."""
    assert isinstance(found, RefusedRecord)
    return found.reason


def test_what_a_publisher_writes_is_admitted() -> None:
    """Topic, key, partition and value belong together."""
    event = make_referral()

    found = admit(record(event), PARTITIONS)

    assert isinstance(found, WalkedEvent)
    assert found.event_id == event.event_id


def test_a_record_without_a_value_is_refused() -> None:
    """A provider cannot retract by a tombstone: that would be a second way to say so."""
    found = admit(record(make_referral())._replace(value=None), PARTITIONS)

    assert reason_of(found) is Reason.NO_VALUE


@pytest.mark.parametrize("value", [b"", b"{}", b"\x00\x00\x00\x00\x09body", b"\x00" * 300_000])
def test_what_cannot_be_read_is_refused_with_what_is_wrong(value: bytes) -> None:
    """The detail is for the operator, and holds nothing of the value."""
    found = admit(record(make_referral())._replace(value=value), PARTITIONS)

    assert reason_of(found) is Reason.MALFORMED
    assert isinstance(found, RefusedRecord)
    assert found.detail


def test_an_end_before_its_start_is_refused_also_from_who_writes_its_in_tray_itself() -> None:
    """It passes no other door of the bus; the detail names fields and no day."""
    started, ended = date(2026, 5, 1), date(2026, 3, 2)
    enrolled = EnrolmentParticipation(
        service_id=ServiceId("college-c.adult-skills"),
        stage=EnrolmentStage.COMPLETED,
        started_on=started,
        ended_on=ended,
    )
    for event in (
        make_enrolment(participation=enrolled),
        make_outcome(progress=Progress(effective_from=started, effective_to=ended)),
    ):
        found = admit(record(event), PARTITIONS)

        assert reason_of(found) is Reason.MALFORMED
        assert isinstance(found, RefusedRecord)
        assert "is before" in found.detail
        assert "2026" not in found.detail


@pytest.mark.parametrize("event", [make_enrolment(), make_outcome()])
def test_an_event_with_dates_in_order_is_admitted(event: Event) -> None:
    """Also one whose blocks are closed."""
    for given in (event, event.model_copy(update={"identity": None, "progress": None})):
        assert isinstance(admit(record(given), PARTITIONS), WalkedEvent)


def test_an_event_in_another_provider_s_tray_is_refused() -> None:
    """Nobody publishes in somebody else's name."""
    found = admit(record(make_referral())._replace(topic=TopicName("in.charity-b")), PARTITIONS)

    assert reason_of(found) is Reason.WRONG_PROVIDER


def test_a_record_under_another_key_is_refused() -> None:
    """No key, another person's, or the right one with something behind it."""
    event = make_referral()
    for key in (None, b"", new_passport_number().encode(), event.participant_id.encode() + b" "):
        found = admit(record(event)._replace(key=key), PARTITIONS)

        assert reason_of(found) is Reason.WRONG_KEY


def test_a_record_in_another_partition_is_refused() -> None:
    """It would give the person a second writer."""
    one = record(make_referral())
    for partition in set(range(PARTITIONS)) - {one.partition}:
        found = admit(one._replace(partition=partition), PARTITIONS)

        assert reason_of(found) is Reason.WRONG_PARTITION


def test_a_refusal_names_no_value_of_the_event() -> None:
    """Reason and detail reach metrics, logs and headers of dead letters."""
    event = make_referral()
    wrong = encode(event).replace(event.event_id.encode(), b"Ada Nwosu was born on 14 March 1991.")
    for found in (
        admit(record(event)._replace(value=wrong), PARTITIONS),
        admit(record(event)._replace(value=encode(event)[:-3]), PARTITIONS),
    ):
        assert isinstance(found, RefusedRecord)
        assert not any(said in found.detail for said in ("Ada", "1991", event.participant_id))
