"""Our code lists against the reference data that the DfE published."""

from datetime import date

import pytest

from producers.ilr import codes
from tests.support.ilr import facts


@pytest.mark.parametrize(
    ("name", "ours", "later"),
    [
        ("PriorAttain", codes.PRIOR_ATTAIN, set()),
        ("EmpStat", codes.EMPLOYMENT, set()),
        ("CompStatus", codes.COMPLETION, set()),
        ("Outcome", codes.AIM_OUTCOME, set()),
        ("FundModel", codes.FUND_MODEL, {11, 37, 38, 39}),
        ("ProgType", codes.PROGRAMME_TYPE, {32}),
        ("OutType", codes.DESTINATION, set()),
    ],
)
def test_a_list_has_the_published_codes_and_those_that_came_later(
    name: str, ours: dict[int | str, object], later: set[int]
) -> None:
    """No code of 2020-21 is missing, and every other one is known to be newer."""
    assert {str(code) for code in ours} == {*facts.codes(name), *map(str, later)}


@pytest.mark.parametrize("type_", facts.codes("OutType"))
def test_destinations_have_the_published_codes_of_each_type(type_: str) -> None:
    """There is no OTH 10, and no other that is not in the list."""
    assert {str(code) for code in codes.DESTINATION[type_]} == {*facts.codes(f"OutType {type_}")}


def test_health_categories_end_when_the_list_says() -> None:
    """1 to 3 ended in 2015; Asperger's syndrome after this list was published."""
    ended = {int(code): until for code, until in facts.codes("LLDDCat").items() if until}

    assert ended | {15: date(2025, 7, 31)} == codes.CONDITION_VALID_TO
