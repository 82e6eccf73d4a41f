import pytest

from consumers.analytics.closed_lists import BOROUGHS, OUTCOMES, listed_borough, listed_outcome
from consumers.analytics.measures import INTERIM, REACHED, WORK
from deploy.demo.people.outcomes import CONFIDENCE, FIRST_INTERVIEW, MENTAL_HEALTH_SUPPORT
from deploy.demo.people.places import DISTRICTS
from producers.ilr.codes import DESTINATION
from producers.ilr.mapping import JOB_OFFER

PLACE = "Flat 3, 12 Acre Road"


def test_a_text_that_is_on_no_list_is_not_kept() -> None:
    """An address in place of a borough, or of a code, would tell who somebody is."""
    assert listed_borough({"borough": PLACE}) is None
    assert listed_outcome({"category": PLACE, "code": "1"}) == (None, None)
    assert listed_outcome({"category": "EMP", "code": PLACE}) == ("EMP", None)


def test_a_code_is_of_its_own_category() -> None:
    """A code of another list would be a figure that nobody can read."""
    assert listed_outcome({"category": "EMP", "code": "5"}) == ("EMP", "5")
    assert listed_outcome({"category": "VOL", "code": "5"}) == ("VOL", None)


def test_what_is_closed_is_nothing() -> None:
    """A block that is not open has no fields."""
    assert listed_borough({}) is None
    assert listed_outcome({}) == (None, None)


@pytest.mark.parametrize("category", sorted(DESTINATION))
def test_the_ilr_s_outcomes_are_on_the_list(category: str) -> None:
    """Their codes are the learner records' own."""
    assert set(map(str, DESTINATION[category])) <= OUTCOMES[category]


def test_all_that_is_measured_or_made_up_is_on_the_list() -> None:
    """What a figure rests on, what an ILR return gives, the demonstration's steps and boroughs."""
    assert JOB_OFFER in OUTCOMES[WORK]
    assert {*REACHED, INTERIM, WORK} <= OUTCOMES.keys()
    assert {CONFIDENCE, FIRST_INTERVIEW, MENTAL_HEALTH_SUPPORT} <= OUTCOMES[INTERIM]
    assert DISTRICTS.keys() <= BOROUGHS
