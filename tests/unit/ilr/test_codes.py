"""Our code lists against the reference data that the DfE published."""

import csv
from datetime import date
from pathlib import Path

import pytest

from producers.ilr import codes


def published(shared_data: Path, name: str) -> dict[str, str]:
    """Return the codes of a published list, each with the day on which it ends."""
    with (shared_data / "ilr" / "ilr_2020-21_lookup.csv").open(encoding="utf-8-sig") as file:
        return {
            row["Code"]: row["EffectiveTo"] for row in csv.DictReader(file) if row["Name"] == name
        }


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
    shared_data: Path, name: str, ours: dict[int | str, object], later: set[int]
) -> None:
    """No code of 2020-21 is missing, and every other one is known to be newer."""
    assert {str(code) for code in ours} == {*published(shared_data, name), *map(str, later)}


def test_destinations_have_the_published_codes_of_each_type(shared_data: Path) -> None:
    """There is no OTH 10, and no other that is not in the list."""
    with (shared_data / "ilr" / "ilr_2020-21_lookup_subcategory.csv").open(
        encoding="utf-8-sig"
    ) as file:
        pairs = {
            (row["ParentCode"], int(row["Code"]))
            for row in csv.DictReader(file)
            if row["ParentName"] == "OutType"
        }

    assert {(type_, code) for type_, known in codes.DESTINATION.items() for code in known} == pairs


def test_health_categories_end_when_the_list_says(shared_data: Path) -> None:
    """1 to 3 ended in 2015; Asperger's syndrome after this list was published."""
    ended = {
        int(code): date.fromisoformat(until)
        for code, until in published(shared_data, "LLDDCat").items()
        if until < "2099"
    }

    assert ended | {15: date(2025, 7, 31)} == codes.CONDITION_VALID_TO
