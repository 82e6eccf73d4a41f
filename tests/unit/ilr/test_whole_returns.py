"""What becomes of a return as a whole: who comes through, who is set aside, what is refused."""

import json

import pytest

from producers.ilr.errors import ReturnRefusedError, StructureError
from producers.ilr.handed_in import ReturnFile
from schemas.codec import encode, to_event
from schemas.events import Enrolment, Outcome
from tests.support.ilr.hub import CollegeHub, MemorySnapshots
from tests.support.ilr.returns import (
    BROKEN_2018,
    MADE_2018,
    MADE_2025,
    REPEATS_2018,
    Edited,
    in_year,
    made_file,
)


def test_a_return_comes_through_but_for_who_breaks_a_rule(hub: CollegeHub) -> None:
    """Two who share a ULN and a wrong check digit are set aside; an early event is a warning."""
    result = hub.run(made_file(MADE_2025))

    assert (result.learners_read, result.learners_taken, result.learners_new) == (13, 10, 10)
    assert [(one.learner, one.reasons) for one in result.set_aside] == [
        (11, ("R_59", "R_07")),
        (12, ("R_59",)),
        (13, ("ULN_04",)),
    ]
    assert result.set_aside_by_reason == {
        "R_59": 2,
        "R_07": 1,
        "ULN_04": 1,
    }
    assert {one.code: one.count for one in result.warnings} == {
        "Filename_1": 1,
        "LearnDelFAMDateFrom_06": 1,
        "software-id-repeated": 2,
    }
    assert (result.enrolments.new, result.enrolments.set_aside) == (13, 4)
    assert (result.outcomes.new, result.outcomes.set_aside) == (2, 0)
    assert result.published == len(hub.published) == 15
    assert (result.year, result.ukprn, result.prepared_on) == ("2025-26", 90010009, "2025-11-03")


@pytest.mark.parametrize(
    ("name", "taken", "aside", "enrolments", "outcomes"),
    [(MADE_2018, 2, {}, 4, 2), (REPEATS_2018, 2, {"R_06": 2, "R_59": 2}, 2, 0)],
)
def test_a_return_of_2018_comes_through_with_its_destinations(  # noqa: PLR0917 - a table
    hub: CollegeHub, name: str, taken: int, aside: dict[str, int], enrolments: int, outcomes: int
) -> None:
    """Older returns still say where learners went."""
    result = hub.run(made_file(name))

    assert result.learners_taken == taken
    assert result.set_aside_by_reason == aside
    assert (result.enrolments.new, result.outcomes.new) == (enrolments, outcomes)
    assert result.warnings == ()


def test_a_broken_return_leaves_no_trace() -> None:
    """Nobody is registered and nothing is sent from a file that is refused."""
    snapshots = MemorySnapshots()
    hub = CollegeHub(snapshots=snapshots)
    with pytest.raises(StructureError, match="line 22"):
        hub.run(made_file(BROKEN_2018))

    assert hub.registrar.asked == []
    assert snapshots.imports == 0


def test_a_fault_on_the_last_line_still_refuses_all(hub: CollegeHub) -> None:
    """The whole file is checked before the first learner is taken."""
    file = Edited(MADE_2025)
    file.set(file.all("LearningDelivery")[-1], "CompStatus", "two")

    with pytest.raises(StructureError):
        hub.run(file.file())
    assert hub.registrar.asked == []


def test_another_colleges_file_is_refused(hub: CollegeHub) -> None:
    """The name says who sent it: Header_3."""
    with pytest.raises(ReturnRefusedError, match="Header_3"):
        hub.run(Edited(REPEATS_2018).file(MADE_2018.replace("90010009", "90010008")))
    assert hub.registrar.asked == []


def test_a_repeated_software_identifier_names_nobodys_aim(hub: CollegeHub) -> None:
    """The two aims that share one are events of their own all the same."""
    hub.run(made_file(MADE_2025))

    assert len({event.event_id for event in hub.published}) == 15
    references = [event.source.reference for event in hub.published if event.source]
    assert len(set(references)) == 15
    assert "5d0c3a09-77b1-4e0f-9a26-0c4b6d1e0009" not in references
    assert "5d0c3a01-77b1-4e0f-9a26-0c4b6d1e0001" in references


@pytest.mark.parametrize("secret", ["8700000476", "Okafor", "SIXTH01", "SE5 8UH"])
def test_the_result_is_json_without_anything_personal(hub: CollegeHub, secret: str) -> None:
    """It can be logged, printed and piped."""
    result = hub.run(made_file(MADE_2025))

    text = json.dumps(result.model_dump(mode="json"))

    assert secret not in text


def test_every_outcome_is_of_a_participant_who_enrolled(hub: CollegeHub) -> None:
    """Destinations find the participant of their learner, and the learner's service."""
    hub.run(made_file(MADE_2018))
    enrolled = {e.participant_id for e in hub.published if isinstance(e, Enrolment)}
    outcomes = [e for e in hub.published if isinstance(e, Outcome)]

    assert {e.participant_id for e in outcomes} == enrolled
    assert {e.participation.service_id for e in outcomes} == {
        "college-c.apprenticeships",
        "college-c.not-funded",
    }


@pytest.mark.parametrize("name", [MADE_2025, MADE_2018])
def test_every_event_fits_the_contract(hub: CollegeHub, name: str) -> None:
    """What the importer makes can be written in the schema, and comes back equal."""
    hub.run(made_file(name))

    for event in hub.published:
        assert to_event(encode(event)) == event


def test_a_destination_without_its_learner_is_reported(hub: CollegeHub) -> None:
    """A reference alone does not join: the ULN must agree, and the learner must be there."""
    file = Edited(MADE_2018)
    first, second = file.all("LearnerDestinationandProgression")
    file.set(first, "ULN", file.text(second, "ULN"))
    file.set(second, "LearnRefNumber", "NOBODY")
    result = hub.run(file.file())

    assert result.outcomes.new == 0
    assert [(one.code, one.count) for one in result.warnings] == [("destination-unmatched", 2)]


def test_a_destination_of_no_known_code_is_reported(hub: CollegeHub) -> None:
    """There is no OTH 10: what nobody can read is not passed on."""
    file = Edited(MADE_2018)
    outcome = file.all("DPOutcome")[0]
    file.set(outcome, "OutType", "OTH")
    file.set(outcome, "OutCode", "10")
    result = hub.run(file.file())

    assert result.outcomes.new == 1
    assert [(one.code, one.count) for one in result.warnings] == [("destination-unknown", 1)]


def of_later_year(year: str, collection: str) -> ReturnFile:
    """Return a file of 2018-19 with destinations as one of a year with another PriorAttain."""
    file = Edited(MADE_2018)
    for learner in file.all("Learner"):
        file.set(learner, "PriorAttain", None)
    return in_year(file, year, collection)


def test_destinations_are_imported_up_to_2023(hub: CollegeHub) -> None:
    """The last year whose returns had them."""
    assert hub.run(of_later_year("2023-24", "2324")).outcomes.new == 2


def test_destinations_are_no_part_of_a_return_from_2024(hub: CollegeHub) -> None:
    """A file that has them all the same is no return of that year."""
    with pytest.raises(StructureError, match="LearnerDestinationandProgression is not"):
        hub.run(of_later_year("2024-25", "2425"))
