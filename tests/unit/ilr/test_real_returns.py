"""What becomes of the real returns: who comes through, who is set aside, what is refused."""

import json
from pathlib import Path

import pytest

from producers.ilr.errors import ReturnRefusedError, StructureError
from producers.ilr.importer import ReturnFile
from schemas.codec import encode, to_event
from schemas.events import Enrolment, Outcome
from tests.ilr_hub import CollegeHub, MemorySnapshots
from tests.ilr_returns import (
    BROKEN_2018,
    SAMPLE_2025,
    SHARED_ULN_2018,
    TEN_2018,
    TWO_2018,
    Edited,
    in_year,
    real_file,
)


def test_the_sample_of_2025_comes_through_but_for_four_learners(
    shared_data: Path, hub: CollegeHub
) -> None:
    """Two who share a ULN, a wrong check digit and early event dates are set aside, 15 are not."""
    result = hub.run(real_file(shared_data, SAMPLE_2025))

    assert (result.learners_read, result.learners_taken, result.learners_new) == (19, 15, 15)
    assert [(one.learner, one.reasons) for one in result.set_aside] == [
        (4, ("R_59", "R_07")),
        (13, ("R_59",)),
        (17, ("ULN_04",)),
        (19, ("LearnDelFAMDateFrom_06",)),
    ]
    assert result.set_aside_by_reason == {
        "R_59": 2,
        "R_07": 1,
        "ULN_04": 1,
        "LearnDelFAMDateFrom_06": 1,
    }
    assert {one.code: one.count for one in result.warnings} == {
        "Filename_1": 1,
        "software-id-repeated": 14,
    }
    assert (result.enrolments.new, result.enrolments.set_aside) == (29, 6)
    assert (result.outcomes.new, result.outcomes.set_aside) == (0, 2)
    assert result.published == len(hub.published) == 29
    assert (result.year, result.ukprn, result.prepared_on) == ("2025-26", 99999999, "2025-01-08")


@pytest.mark.parametrize(
    ("name", "taken", "aside", "enrolments", "outcomes"),
    [
        (TEN_2018, 8, {"R_06": 2}, 8, 0),
        (TWO_2018, 2, {}, 4, 2),
        (SHARED_ULN_2018, 0, {"R_59": 2}, 0, 0),
    ],
)
def test_the_returns_of_2018_come_through_with_their_destinations(  # noqa: PLR0917 - a table
    shared_data: Path,
    hub: CollegeHub,
    name: str,
    taken: int,
    aside: dict[str, int],
    enrolments: int,
    outcomes: int,
) -> None:
    """Older returns still say where learners went."""
    result = hub.run(real_file(shared_data, name))

    assert result.learners_taken == taken
    assert result.set_aside_by_reason == aside
    assert (result.enrolments.new, result.outcomes.new) == (enrolments, outcomes)
    assert result.warnings == ()


def test_a_broken_return_leaves_no_trace(shared_data: Path) -> None:
    """Nobody is registered and nothing is sent from a file that is refused."""
    snapshots = MemorySnapshots()
    hub = CollegeHub(snapshots=snapshots)
    with pytest.raises(StructureError, match="line 42"):
        hub.run(real_file(shared_data, BROKEN_2018))

    assert hub.registrar.asked == []
    assert snapshots.imports == 0


def test_a_fault_on_the_last_line_still_refuses_all(shared_data: Path, hub: CollegeHub) -> None:
    """The whole file is checked before the first learner is taken."""
    file = Edited(shared_data, SAMPLE_2025)
    file.set(file.all("LearningDelivery")[-1], "CompStatus", "two")

    with pytest.raises(StructureError):
        hub.run(file.file())
    assert hub.registrar.asked == []


def test_another_colleges_file_is_refused(shared_data: Path, hub: CollegeHub) -> None:
    """The name says who sent it: Header_3."""
    with pytest.raises(ReturnRefusedError, match="Header_3"):
        hub.run(Edited(shared_data, TEN_2018).file(TWO_2018.replace("90000064", "10006341")))
    assert hub.registrar.asked == []


def test_a_repeated_software_identifier_names_nobodys_aim(
    shared_data: Path, hub: CollegeHub
) -> None:
    """Each aim of the sample is an event of its own, though four of them share one identifier."""
    hub.run(real_file(shared_data, SAMPLE_2025))

    assert len({event.event_id for event in hub.published}) == 29
    references = [event.source.reference for event in hub.published if event.source]
    assert len(set(references)) == 29
    assert "5177233c-d1cc-45d1-b505-8d644b6ca337" not in references
    assert "cb5f0d25-cff4-4ea0-92f5-99378cce306d" in references


@pytest.mark.parametrize("secret", ["1061484016", "Smith", "16Learner", "16LEARNER", "BR1 7SS"])
def test_the_result_is_json_without_anything_personal(
    shared_data: Path, hub: CollegeHub, secret: str
) -> None:
    """It can be logged, printed and piped."""
    result = hub.run(real_file(shared_data, SAMPLE_2025))

    text = json.dumps(result.model_dump(mode="json"))

    assert secret not in text


def test_every_outcome_is_of_a_participant_who_enrolled(shared_data: Path, hub: CollegeHub) -> None:
    """Destinations find the participant of their learner, and the learner's service."""
    hub.run(real_file(shared_data, TWO_2018))
    enrolled = {e.participant_id for e in hub.published if isinstance(e, Enrolment)}
    outcomes = [e for e in hub.published if isinstance(e, Outcome)]

    assert {e.participant_id for e in outcomes} == enrolled
    assert {e.participation.service_id for e in outcomes} == {
        "college-c.apprenticeships",
        "college-c.not-funded",
    }


@pytest.mark.parametrize("name", [SAMPLE_2025, TEN_2018, TWO_2018])
def test_every_event_fits_the_contract(shared_data: Path, hub: CollegeHub, name: str) -> None:
    """What the importer makes can be written in the schema, and comes back equal."""
    hub.run(real_file(shared_data, name))

    for event in hub.published:
        assert to_event(encode(event)) == event


def test_a_destination_without_its_learner_is_reported(shared_data: Path, hub: CollegeHub) -> None:
    """A reference alone does not join: the ULN must agree, and the learner must be there."""
    file = Edited(shared_data, TWO_2018)
    first, second = file.all("LearnerDestinationandProgression")
    file.set(first, "ULN", "9900000101")
    file.set(second, "LearnRefNumber", "NOBODY")
    result = hub.run(file.file())

    assert result.outcomes.new == 0
    assert [(one.code, one.count) for one in result.warnings] == [("destination-unmatched", 2)]


def test_a_destination_of_no_known_code_is_reported(shared_data: Path, hub: CollegeHub) -> None:
    """There is no OTH 10: what nobody can read is not passed on."""
    file = Edited(shared_data, TWO_2018)
    outcome = file.all("DPOutcome")[0]
    file.set(outcome, "OutType", "OTH")
    file.set(outcome, "OutCode", "10")
    result = hub.run(file.file())

    assert result.outcomes.new == 1
    assert [(one.code, one.count) for one in result.warnings] == [("destination-unknown", 1)]


def of_later_year(shared_data: Path, year: str, collection: str) -> ReturnFile:
    """Return a file of 2018-19 with destinations as one of a year with another PriorAttain."""
    file = Edited(shared_data, TWO_2018)
    for learner in file.all("Learner"):
        file.set(learner, "PriorAttain", None)
    return in_year(file, year, collection)


def test_destinations_are_imported_up_to_2023(shared_data: Path, hub: CollegeHub) -> None:
    """The last year whose returns had them."""
    assert hub.run(of_later_year(shared_data, "2023-24", "2324")).outcomes.new == 2


def test_destinations_are_no_part_of_a_return_from_2024(shared_data: Path, hub: CollegeHub) -> None:
    """A file that has them all the same is no return of that year."""
    with pytest.raises(StructureError, match="LearnerDestinationandProgression is not"):
        hub.run(of_later_year(shared_data, "2024-25", "2425"))
