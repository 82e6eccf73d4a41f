"""A learner under a new reference whose return says which one they had before."""

from schemas.events import Enrolment
from tests.support.ilr.hub import CollegeHub
from tests.support.ilr.returns import MADE_2018, MADE_2025, Edited, made_file, renamed


def without_software_ids(file: Edited) -> Edited:
    """Take the identifiers away by which an aim is known whatever the reference."""
    for aim in file.all("LearningDelivery"):
        file.set(aim, "SWSupAimId", None)
    return file


def test_the_learner_is_known_and_every_event_carries_on(hub: CollegeHub) -> None:
    """Nothing is new, nothing vanished, nothing is published: destinations, too."""
    hub.run(made_file(MADE_2018))
    before = len(hub.registrar.numbers)
    result = hub.run(renamed(MADE_2018, "OLD01").file())

    assert hub.published == []
    assert (result.enrolments.unchanged, result.outcomes.unchanged) == (4, 2)
    assert (result.enrolments.vanished, result.outcomes.vanished) == (0, 0)
    assert (result.learners_new, len(hub.registrar.numbers)) == (0, before + 1)


def test_an_aim_without_an_identifier_of_its_own_carries_on(hub: CollegeHub) -> None:
    """What changes in it is a revision of the event that was told under the old reference."""
    hub.run(without_software_ids(Edited(MADE_2025)).file())
    before = {event.event_id: event.participant_id for event in hub.published}
    file = without_software_ids(renamed(MADE_2025, "ADULT01"))
    file.set(
        file.all("LearningDelivery", file.learner("NEWREF"))[0], "LearnPlanEndDate", "2027-06-30"
    )
    result = hub.run(file.file())

    [event] = hub.published
    assert isinstance(event, Enrolment)
    assert (event.revision, before[event.event_id]) == (2, event.participant_id)
    assert result.enrolments.vanished == 0


def test_a_new_aim_of_a_renamed_learner_is_a_new_event(hub: CollegeHub) -> None:
    """It has never been told of under the old reference."""
    hub.run(without_software_ids(Edited(MADE_2025)).file())
    file = without_software_ids(renamed(MADE_2025, "ADULT01"))
    aim = file.all("LearningDelivery", file.learner("NEWREF"))[0]
    file.set(aim, "LearnAimRef", "60999999")
    result = hub.run(file.file())

    assert (result.enrolments.new, result.enrolments.vanished) == (1, 1)


def test_a_renamed_learner_who_is_set_aside_has_not_gone(hub: CollegeHub) -> None:
    """What was told of them under the old reference is in the return still."""
    hub.run(made_file(MADE_2018))
    file = renamed(MADE_2018, "OLD01")
    file.set(file.learner("NEWREF"), "NINumber", "QQ123456A")
    result = hub.run(file.file())

    assert result.set_aside_by_reason == {"NINumber_01": 1}
    assert result.vanished_event_ids == ()


def test_a_reference_at_another_college_is_handed_over_with_its_ukprn(hub: CollegeHub) -> None:
    """The hub knows who that is; the college's own UKPRN means itself."""
    file = Edited(MADE_2018)
    first, second = file.all("Learner")
    file.set(first, "PrevLearnRefNumber", "THERE")
    file.set(first, "PrevUKPRN", "90010002")
    file.set(second, "PrevLearnRefNumber", "HERE")
    file.set(second, "PrevUKPRN", "90010009")
    hub.run(file.file())

    asked = [one.earlier for one in hub.registrar.asked if one.earlier]
    assert [(one.reference, one.ukprn) for one in asked] == [("THERE", 90010002), ("HERE", None)]
