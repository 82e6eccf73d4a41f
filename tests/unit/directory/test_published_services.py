"""The profile that Open Referral UK publishes, and its examples."""

import json
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from deploy.directory.oruk import read_oruk

TODAY = date(2026, 11, 30)


@pytest.fixture
def examples(shared_data: Path) -> Path:
    """Return the folder of the examples."""
    return shared_data / "oruk" / "uk-profile-examples"


@pytest.mark.parametrize(
    "name",
    [
        "service_full.json",
        "service_list.json",
        "organization_full.json",
        "service_at_location_full.json",
        "service_at_location_list.json",
    ],
)
def test_each_published_example_of_a_service_is_taken(examples: Path, name: str) -> None:
    """The latitude of 100 in them is a notice; who is named in them is not kept."""
    read = read_oruk((examples / name).read_bytes(), TODAY)

    (listing,) = read.listings.values()
    assert read.set_aside == []
    assert listing.name == "Community Counselling"
    assert "Persona" not in listing.model_dump_json()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (["id"], "1"),
        (["name"], None),
        (["status"], "open"),
        (["email"], "email-example_com"),
        (["url"], "example.com/counselling"),
        (["minimum_age"], "12"),
        (["organization", "id"], "1"),
        (["organization", "email"], "nobody"),
        (["schedules", 0, "freq"], "DAILY"),
        (["service_at_locations", 0, "location", "location_type"], "online"),
        (["service_at_locations", 0, "location", "latitude"], "51.5"),
        (["cost_options", 0, "amount"], "35"),
        (["attributes", 0, "taxonomy_term", "id"], "1"),
    ],
)
def test_what_the_published_schema_refuses_is_set_aside(
    shared_data: Path, examples: Path, place: list[Any], value: object
) -> None:
    """With its formats checked: without, it takes several of these."""
    schema = json.loads((shared_data / "oruk/uk-profile-schema/service.json").read_text())
    service = json.loads((examples / "service_full.json").read_text())
    wrong = deepcopy(service)
    at = wrong
    for part in place[:-1]:
        at = at[part]
    at[place[-1]] = value
    strict = jsonschema_rs.validator_for(schema, validate_formats=True)

    assert not strict.is_valid(wrong)
    assert len(read_oruk(json.dumps(wrong).encode(), TODAY).set_aside) == 1
