"""Importing a college again and again: only what is new or has changed is sent."""

import pytest

from producers.ilr.handed_in import ReturnFile
from schemas.errors import BusError
from schemas.events import Enrolment
from tests.support.ilr.hub import CollegeHub, MemoryPublisher
from tests.support.ilr.returns import (
    MADE_2018,
    MADE_2025,
    REPEATS_2018,
    Edited,
    in_year,
    made_file,
)


def test_the_same_return_again_sends_nothing(hub: CollegeHub) -> None:
    """An ILR return is a snapshot: what did not change is not published."""
    hub.run(made_file(MADE_2018))
    again = hub.run(made_file(MADE_2018))

    assert hub.published == []
    assert (again.enrolments.unchanged, again.outcomes.unchanged) == (4, 2)
    assert (again.learners_taken, again.learners_new) == (2, 0)


def test_a_later_export_of_the_same_facts_sends_nothing(hub: CollegeHub) -> None:
    """When the file was made is not what an aim says."""
    hub.run(made_file(MADE_2018))
    file = Edited(MADE_2018)
    file.set(file.all("Source")[0], "DateTime", "2018-12-01T09:00:00+01:00")
    file.set(file.all("CollectionDetails")[0], "FilePreparationDate", "2018-12-01")
    hub.run(file.file())

    assert hub.published == []


def test_a_changed_aim_is_sent_as_a_higher_revision_of_the_same_event(hub: CollegeHub) -> None:
    """Withdrawing from one aim is one event, under the id that told of its start."""
    hub.run(made_file(MADE_2018))
    before = {event.event_id: event for event in hub.published}
    file = Edited(MADE_2018)
    aim = file.all("LearningDelivery", file.learner("OLD01"))[1]
    for name, value in {
        "CompStatus": "3",
        "LearnActEndDate": "2018-05-01",
        "WithdrawReason": "43",
        "Outcome": "3",
    }.items():
        file.set(aim, name, value)
    result = hub.run(file.file())

    [event] = hub.published
    assert isinstance(event, Enrolment)
    assert event.revision == 2
    assert before[event.event_id].participant_id == event.participant_id
    assert event.participation.stage == "withdrawn"
    assert (result.enrolments.changed, result.enrolments.unchanged) == (1, 3)


def test_a_learner_who_has_gone_is_reported_not_retracted(hub: CollegeHub) -> None:
    """The college may have left somebody out by mistake: nothing is sent, ids are told."""
    hub.run(made_file(REPEATS_2018))
    ids = {event.event_id for event in hub.published}
    file = Edited(REPEATS_2018)
    file.root.remove(file.learner("SINGLE01"))
    result = hub.run(file.file())

    assert hub.published == []
    assert result.enrolments.vanished == 1
    assert set(result.vanished_event_ids) < ids


def test_a_learner_who_is_set_aside_has_not_gone(hub: CollegeHub) -> None:
    """A mistake in the next return does not look as if the learner had left."""
    hub.run(made_file(REPEATS_2018))
    file = Edited(REPEATS_2018)
    file.set(file.learner("SINGLE01"), "NINumber", "QQ123456A")
    result = hub.run(file.file())

    assert result.set_aside_by_reason == {"R_06": 2, "R_59": 2, "NINumber_01": 1}
    assert result.enrolments.vanished == 0


def test_destinations_of_a_learner_set_aside_have_not_gone(hub: CollegeHub) -> None:
    """They are in the return still, and wait with their learner."""
    hub.run(made_file(MADE_2018))
    file = Edited(MADE_2018)
    file.set(file.learner("OLD01"), "NINumber", "QQ123456A")
    result = hub.run(file.file())

    assert (result.outcomes.unchanged, result.outcomes.set_aside) == (1, 1)
    assert result.vanished_event_ids == ()


def test_an_aim_with_its_own_identifier_survives_renumbering(hub: CollegeHub) -> None:
    """The learner reference and the sequence number may change; the aim stays the same event."""
    file = Edited(MADE_2025)
    file.keep("SIXTH01")
    hub.run(file.file())
    before = {event.event_id for event in hub.published}
    file.set(file.learner("SIXTH01"), "LearnRefNumber", "RENAMED")
    hub.run(file.file())

    assert {event.event_id for event in hub.published} == before


def test_a_failed_send_stores_nothing_and_the_next_import_repeats_it(hub: CollegeHub) -> None:
    """What may have been sent is sent again under a higher revision, so nothing is lost."""
    with pytest.raises(BusError, match="log is away"):
        hub.importer.run(made_file(MADE_2018), MemoryPublisher(room=3))
    result = hub.run(made_file(MADE_2018))

    assert result.enrolments.new == 4
    assert {event.revision for event in hub.published} == {2}
    hub.run(made_file(MADE_2018))
    assert hub.published == []


def test_a_failed_flush_stores_nothing(hub: CollegeHub) -> None:
    """Only what is known to have arrived counts as published."""

    class Leaking(MemoryPublisher):
        def flush(self) -> None:
            raise BusError("Two events did not arrive.")

    with pytest.raises(BusError, match="did not arrive"):
        hub.importer.run(made_file(MADE_2018), Leaking())
    hub.run(made_file(MADE_2018))

    assert len(hub.published) == 6


def test_a_year_that_follows_continues_the_events_of_the_last(hub: CollegeHub) -> None:
    """An aim that stands in two years' returns is one event with a rising revision."""
    file = Edited(MADE_2018)
    hub.run(file.file())
    ids = {event.event_id for event in hub.published if isinstance(event, Enrolment)}
    next_year = ReturnFile(
        MADE_2018.replace("1819", "1920"), in_year(file, "2019-20", "1920").stream
    )
    for_next = hub.run(next_year)

    assert (for_next.enrolments.changed, for_next.enrolments.unchanged) == (0, 4)
    assert hub.published == []
    again = hub.run(file.file())
    assert again.enrolments.superseded == 4
    assert again.enrolments.vanished == 0
    assert len(ids) == 4
