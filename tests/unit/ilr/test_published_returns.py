"""The returns that the DfE published: who comes through, who is set aside, what is refused."""

from collections import Counter
from pathlib import Path

import pytest

from producers.ilr.errors import StructureError
from producers.ilr.reader import read_return
from producers.ilr.records import Header, Learner, LearnerDestination
from schemas.codec import encode, to_event
from tests.support.ilr.hub import CollegeHub
from tests.support.ilr.returns import SAMPLE_2025, handed_in

TEN_2018 = "ILR-90000064-1819-20180612-165219-02.xml"
TWO_2018 = "ILR-90000064-1819-20180618-105223-02.xml"
SHARED_ULN_2018 = "ILR-10006341-1819-20180118-023456-02.xml"
FAULTY_2018 = "ILR-10006000-1819-20180626-144401-01.xml"


@pytest.mark.parametrize(
    ("name", "year", "counts"),
    [
        (SAMPLE_2025, 2025, (19, 35, 0)),
        (TEN_2018, 2018, (10, 10, 0)),
        (TWO_2018, 2018, (2, 4, 2)),
        (SHARED_ULN_2018, 2018, (2, 2, 0)),
    ],
)
def test_they_are_read_whole(
    shared_data: Path, name: str, year: int, counts: tuple[int, int, int]
) -> None:
    """The header comes first, then so many learners with so many aims, then the destinations."""
    header, *rest = read_return(handed_in(shared_data / "ilr" / name).stream)
    people = [one for one in rest if isinstance(one, Learner)]
    aims = sum(len(one.aims) for one in people)

    assert isinstance(header, Header)
    assert header.year == year
    assert (
        len(people),
        aims,
        len([one for one in rest if isinstance(one, LearnerDestination)]),
    ) == counts


def test_the_sample_of_2025_comes_through_but_for_four_learners(
    shared_data: Path, hub: CollegeHub
) -> None:
    """Two who share a ULN, a wrong check digit and an end before the start are set aside.

    Event indicators that are dated too early concern funding, so they are a warning.
    """
    result = hub.run(handed_in(shared_data / "ilr" / SAMPLE_2025))

    assert (result.learners_read, result.learners_taken, result.learners_new) == (19, 15, 15)
    assert [(one.learner, one.reasons) for one in result.set_aside] == [
        (4, ("R_59", "R_07")),
        (13, ("R_59",)),
        (14, ("LearnPlanEndDate_02",)),
        (17, ("ULN_04",)),
    ]
    assert {one.code: one.count for one in result.warnings} == {
        "Filename_1": 1,
        "LearnDelFAMDateFrom_06": 3,
        "earlier-reference-unclear": 1,  # two learners name the same one before
        "software-id-repeated": 12,
    }
    assert (result.enrolments.new, result.enrolments.set_aside) == (27, 8)
    assert (result.outcomes.new, result.outcomes.set_aside) == (2, 0)
    assert len({event.event_id for event in hub.published}) == result.published == 29


@pytest.mark.parametrize(
    ("name", "aside", "published"),
    [
        (TEN_2018, {"R_06": 2}, {"Enrolment": 8}),
        (TWO_2018, {}, {"Enrolment": 4, "Outcome": 2}),
        (SHARED_ULN_2018, {"R_59": 2}, {}),
    ],
)
def test_the_returns_of_2018_come_through_with_their_destinations(
    shared_data: Path,
    hub: CollegeHub,
    name: str,
    aside: dict[str, int],
    published: dict[str, int],
) -> None:
    """Older returns still say where learners went, and their repeats are set aside."""
    result = hub.run(handed_in(shared_data / "ilr" / name))

    assert result.set_aside_by_reason == aside
    assert Counter(type(event).__name__ for event in hub.published) == published
    assert result.warnings == ()


def test_the_faulty_return_is_refused_with_every_line(shared_data: Path, hub: CollegeHub) -> None:
    """Misspelt elements and a value out of range refuse the file, each named with its line."""
    with pytest.raises(StructureError) as refused:
        hub.run(handed_in(shared_data / "ilr" / FAULTY_2018))

    assert [str(fault) for fault in refused.value.faults] == [
        "line 42: CampID is not an element of Learner; is CampId meant?",
        "line 127: ALSCost is not a whole number from 0 to 9999",
        "line 1760: AgreeID is not an element of LearnerEmploymentStatus; is AgreeId meant?",
    ]
    assert hub.registrar.asked == []


@pytest.mark.parametrize("name", [SAMPLE_2025, TEN_2018, TWO_2018])
def test_every_event_of_them_fits_the_contract(
    shared_data: Path, hub: CollegeHub, name: str
) -> None:
    """What the importer makes can be written in the schema and comes back equal, all of it new."""
    hub.run(handed_in(shared_data / "ilr" / name))
    made = hub.published

    assert [to_event(encode(event)) for event in made] == made
    hub.run(handed_in(shared_data / "ilr" / name))
    assert hub.published == []


def test_no_event_of_them_names_a_learner_by_reference(shared_data: Path, hub: CollegeHub) -> None:
    """Not in the source, not in an id: it would name the learner to whoever sees the envelope."""
    for name, start in ((SAMPLE_2025, "LEARNER"), (TEN_2018, "0DOB")):
        hub.run(handed_in(shared_data / "ilr" / name))

        assert hub.published
        assert [event for event in hub.published if start in event.model_dump_json().upper()] == []
