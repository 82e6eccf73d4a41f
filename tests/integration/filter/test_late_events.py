"""Events about somebody erased: before, while and after, and replayed from the start."""

import pytest

from consent_ledger.filter.dead_letters import DeadLetter, current_letters
from consent_ledger.tables.delivery import journal, position
from schemas.codec import encode
from schemas.identifiers import AgreementId, PassportNumber, ProviderId, TopicName
from schemas.trays import dead_letters
from tests.support.bus import Bus
from tests.support.erasures import EVERYWHERE, erase, finish, record, rows_of, somebody
from tests.support.factories import make_enrolment


def letters(bus: Bus, provider_id: ProviderId) -> list[DeadLetter]:
    """Return the dead letters of a provider."""
    return current_letters(bus.broker.read(dead_letters(provider_id)))


def test_a_late_event_never_brings_them_back(bus: Bus, erased: PassportNumber) -> None:
    """Refused without a dead letter, for that would hold it again."""
    late = make_enrolment(participant_id=erased)
    bus.publish(late)
    report = bus.turn()

    assert dict(report.refused) == {"erased-participant": 1}
    assert letters(bus, late.provider_id) == []
    assert rows_of(bus, journal, erased) == 0
    assert all(bus.tray(AgreementId(one)) == {} for one in EVERYWHERE)


@pytest.mark.parametrize("written", ["{0}", "{1}", "see {2} again"])
def test_what_only_names_them_leaves_no_dead_letter_either(
    bus: Bus, erased: PassportNumber, written: str
) -> None:
    """Neither an event under a wrong key nor bytes that are no event, however it is written."""
    forms = erased, erased.lower(), erased.replace("-", " ")
    bus.broker.append(TopicName("in.college-c"), 0, b"x", written.format(*forms).encode())
    bus.broker.append(
        TopicName("in.college-c"), 0, b"x", encode(make_enrolment(participant_id=erased))
    )
    bus.broker.append(TopicName("in.college-c"), 0, b"x", b"nobody at all")
    report = bus.turn()

    assert dict(report.refused) == {"erased-participant": 2, "malformed": 1}
    assert [one.reason for one in letters(bus, ProviderId("college-c"))] == ["malformed"]


def test_replayed_from_the_very_first_record_they_stay_away(bus: Bus) -> None:
    """As after a restore of the positions: what was accepted once is refused now."""
    participant_id, other = somebody(bus), somebody(bus)
    erase(bus, participant_id)
    before = {one: bus.tray(AgreementId(one)) for one in EVERYWHERE}
    with bus.engine.begin() as connection:
        connection.execute(position.delete())

    report = bus.turn(bus.new_shard())

    assert dict(report.refused) == {"erased-participant": 3}
    assert {one: bus.tray(AgreementId(one)) for one in EVERYWHERE} == before
    assert rows_of(bus, journal, participant_id) == 0
    assert rows_of(bus, journal, other) == 3
    assert letters(bus, ProviderId("college-c")) == letters(bus, ProviderId("borough-d")) == []
    bus.assert_holds()


def test_an_event_that_came_before_the_erasure_and_was_not_read_yet_is_refused(bus: Bus) -> None:
    """The turn that reads it reads the erasure as well."""
    participant_id = somebody(bus)
    bus.publish(make_enrolment(participant_id=participant_id))
    record(bus, participant_id)

    report = bus.turn()
    finish(bus, participant_id)

    assert dict(report.refused) == {"erased-participant": 1}
    assert all(bus.tray(AgreementId(one)) == {} for one in EVERYWHERE)
    bus.assert_holds()
