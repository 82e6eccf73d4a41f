"""The importer and what it is given: the register, the log, carried numbers, a rehearsal."""

from pathlib import Path

from producers.progress import ImportProgress, ImportStage
from schemas.events import Event
from schemas.identifiers import new_passport_number, new_referral_ref
from tests.support.ilr.hub import CollegeHub, MemoryPublisher
from tests.support.ilr.returns import (
    MADE_2018,
    MADE_2025,
    Edited,
    made_file,
    write_made_return,
)


def test_a_possible_match_is_set_aside_for_an_adviser(hub: CollegeHub) -> None:
    """Somebody who may be known already is never joined silently; the others go through."""
    hub.registrar.matches.add("OLD01")
    result = hub.run(made_file(MADE_2018))

    assert [(one.learner, one.reasons) for one in result.set_aside] == [(1, ("possible-match",))]
    assert (result.enrolments.new, result.enrolments.set_aside) == (2, 2)
    assert (result.outcomes.new, result.outcomes.set_aside) == (1, 1)


def test_an_answer_settles_a_question_and_is_harmless_afterwards(hub: CollegeHub) -> None:
    """The same file again, with the same answers, changes nothing."""
    hub.registrar.matches |= {"OLD01", "OLD02"}
    number = new_passport_number()
    hub.registrar.issued.add(number)
    answers = f"reference,answer,number\nOLD01,same,{number}\nold02,other,\n"
    first = hub.run(made_file(MADE_2018), answers)
    published = {event.participant_id for event in hub.published}
    again = hub.run(made_file(MADE_2018), answers)

    assert (first.learners_taken, first.set_aside, len(published)) == (2, (), 2)
    assert number in published
    assert (again.learners_taken, again.published, again.warnings) == (2, 0, ())


def test_an_answer_with_a_number_that_nobody_has_sets_aside(hub: CollegeHub) -> None:
    """The other learners go through."""
    answers = f"reference,answer,number\nOLD01,same,{new_passport_number()}\n"
    result = hub.run(made_file(MADE_2018), answers)

    assert result.set_aside_by_reason == {"unknown-number": 1}


def test_an_answer_that_comes_too_late_is_told(hub: CollegeHub) -> None:
    """The reference has another number by now, and nothing is moved."""
    hub.run(made_file(MADE_2018))
    number = new_passport_number()
    hub.registrar.issued.add(number)
    answers = f"reference,answer,number\nOLD01,same,{number}\n"
    result = hub.run(made_file(MADE_2018), answers)

    assert [one.code for one in result.warnings] == ["answer-unused"]
    assert hub.published == []


def test_who_is_set_aside_is_named_for_the_file_and_not_in_json(hub: CollegeHub) -> None:
    """By reference, with the reason in words and what can be done."""
    hub.registrar.matches.add("OLD01")
    file = Edited(MADE_2018)
    file.set(file.learner("OLD02"), "NINumber", "QQ123456A")
    result = hub.run(file.file())

    assert [(one.reference, one.why[0]) for one in result.set_aside] == [
        ("OLD01", "may have a passport number already: an adviser decides"),
        ("OLD02", "NINumber_01: the National Insurance number is malformed"),
    ]
    assert "no answer helps" in result.set_aside[1].why[-1]
    assert "OLD0" not in result.model_dump_json() + repr(result)


def test_people_are_registered_by_what_the_return_says_of_them(hub: CollegeHub) -> None:
    """The register gets names, date of birth and numbers; the temporary ULN is not one of them."""
    hub.run(made_file(MADE_2025))
    asked = {one.reference: one for one in hub.registrar.asked}

    assert asked["SIXTH01"].person.uln == "8700000476"
    assert asked["SIXTH01"].person.family_name == "Okafor"
    assert asked["COMM01"].person.uln is None
    assert "CHECK01" not in asked
    assert all(one.carried is None for one in asked.values())


def test_a_carried_passport_number_is_handed_over(hub: CollegeHub) -> None:
    """A college that keeps the number in its own field brings it back with the return."""
    number, referral = new_passport_number(), new_referral_ref()
    hub.registrar.issued.add(number)
    file = Edited(MADE_2018)
    file.add(
        file.learner("OLD01"),
        "ProviderSpecLearnerMonitoring",
        ProvSpecLearnMonOccur="A",
        ProvSpecLearnMon=number,
    )
    file.add(
        file.all("LearningDelivery", file.learner("OLD01"))[1],
        "ProviderSpecDeliveryMonitoring",
        ProvSpecDelMonOccur="A",
        ProvSpecDelMon=referral,
    )
    hub.run(file.file())

    events = [event for event in hub.published if event.participant_id == number]
    assert len(events) == 3
    assert [event.referral_ref for event in events if event.referral_ref] == [referral]


def test_a_carried_number_that_was_never_issued_sets_aside(hub: CollegeHub) -> None:
    """The hub does not know it: the learner waits, the import goes on."""
    file = Edited(MADE_2018)
    file.add(
        file.learner("OLD01"),
        "ProviderSpecLearnerMonitoring",
        ProvSpecLearnMonOccur="A",
        ProvSpecLearnMon=new_passport_number(),
    )
    result = hub.run(file.file())

    assert result.set_aside_by_reason == {"unknown-number": 1}
    assert result.learners_taken == 1


def test_a_mistyped_number_is_reported_and_not_used(hub: CollegeHub) -> None:
    """The learner is registered by what else is known."""
    file = Edited(MADE_2018)
    file.add(
        file.learner("OLD01"),
        "ProviderSpecLearnerMonitoring",
        ProvSpecLearnMonOccur="A",
        ProvSpecLearnMon="NWD-0000-0000-X",
    )
    result = hub.run(file.file())

    assert [(one.code, one.count, one.places[0].learner) for one in result.warnings] == [
        ("carried-number", 1, 1)
    ]
    assert result.learners_taken == 2


def test_a_rehearsal_shows_every_event_and_changes_nothing(hub: CollegeHub) -> None:
    """A dry run gives what would be sent, and a real run afterwards still finds it new."""
    shown: list[Event] = []
    rehearsed = hub.importer.dry_run(made_file(MADE_2018), shown.append)

    assert hub.registrar.asked == []
    assert hub.registrar.numbers == {}
    assert rehearsed.is_dry_run
    real = hub.run(made_file(MADE_2018))
    assert real.enrolments == rehearsed.enrolments
    assert [type(event) for event in shown] == [type(event) for event in hub.published]
    assert {event.revision for event in hub.published} == {1}


def test_a_rehearsal_after_an_import_shows_only_what_would_change(hub: CollegeHub) -> None:
    """Whoever is registered already appears under the real number."""
    hub.run(made_file(MADE_2018))
    shown: list[Event] = []
    hub.importer.dry_run(made_file(MADE_2018), shown.append)

    assert shown == []


def test_progress_is_told_in_both_passes(tmp_path: Path, hub: CollegeHub) -> None:
    """A bar can move while the file is checked, and knows the total afterwards."""
    heard: list[ImportProgress] = []
    file = write_made_return(tmp_path / "made.xml", 1_050)
    with file.stream:
        hub.importer.run(file, MemoryPublisher(), on_progress=heard.append)

    assert heard[1_049] == ImportProgress(ImportStage.CHECKING, 1_050, None)
    assert [one.done for one in heard if one.stage is ImportStage.IMPORTING] == [500, 1_000, 1_050]
    assert {one.total for one in heard if one.stage is ImportStage.IMPORTING} == {1_050}


def test_a_large_return_goes_through_in_batches(tmp_path: Path, hub: CollegeHub) -> None:
    """Two thousand learners, one of them at fault, one enrolment each."""

    def spoil(n: int, text: str) -> str:
        return text.replace("SE15 4ST</Postcode>", "nowhere</Postcode>") if n == 1234 else text

    file = write_made_return(tmp_path / "made.xml", 2_000, edit=spoil)
    with file.stream:
        result = hub.run(file)

    assert result.set_aside_by_reason == {"Postcode_15": 1}
    assert result.set_aside[0].learner == 1235
    assert result.enrolments.new == 1_999


def test_an_aim_that_ended_before_it_started_is_not_a_completed_course(hub: CollegeHub) -> None:
    """Nobody knows which of the two dates is wrong: the learner waits, the others go through."""
    file = Edited(MADE_2018)
    aim = file.all("LearningDelivery", file.learner("OLD01"))[1]
    for name, value in {
        "CompStatus": "2",
        "LearnActEndDate": "2016-01-01",
        "WithdrawReason": None,
        "Outcome": "1",
    }.items():
        file.set(aim, name, value)
    result = hub.run(file.file())

    assert result.set_aside_by_reason == {"LearnActEndDate_01": 1}
    assert result.learners_taken == 1


def test_what_concerns_funding_alone_stops_no_event(hub: CollegeHub) -> None:
    """Without an employment status the course is told all the same, and nothing of work."""
    file = Edited(MADE_2025)
    file.keep("METRO01")
    learner = file.learner("METRO01")
    for status in file.all("LearnerEmploymentStatus", learner):
        learner.remove(status)
    result = hub.run(file.file())

    assert result.set_aside == ()
    assert "EmpStat_21" in {one.code for one in result.warnings}
    [enrolment] = hub.published
    assert enrolment.background is None or enrolment.background.employment_status is None


def test_a_destination_that_ended_before_it_started_is_left_out(hub: CollegeHub) -> None:
    """Its learner is taken, and the line is told."""
    file = Edited(MADE_2018)
    outcome = file.all("DPOutcome")[0]
    file.set(outcome, "OutEndDate", "2001-01-01")
    result = hub.run(file.file())

    assert [one.code for one in result.warnings] == ["destination-dates"]
    assert (result.learners_taken, result.outcomes.new) == (2, 1)
