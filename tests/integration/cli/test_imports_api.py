"""Tables over HTTP, with a provider's key: a dry run, and its acceptance."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from deploy.hub import open_hub
from deploy.web.app import create_hub_app
from tests.integration.cli.conftest import Bus

HERE = "http://localhost"
TABLE = """Client ID,First name,Surname,DOB,Started
H07,Wilhelmina,Oddlington,14/03/1991,04/05/2026
H08,Barnaby,Quillfeather,01/12/1970,05/05/2026
H09,Zebedee,Pennywhistle,31/02/1985,05/05/2026
"""


@pytest.fixture(scope="module")
def keys(running: Bus) -> dict[str, dict[str, str]]:
    """Give the headers of two who may publish."""
    made = {
        who: running.json(
            *("api-key", "add", running.name(who), "--scope", f"publish:{running.name(who)}")
        )
        for who in ("charity-b", "borough-d")
    }
    return {who: {"authorization": f"Bearer {key['secret']}"} for who, key in made.items()}


@pytest.fixture
def charity(keys: dict[str, dict[str, str]]) -> Iterator[TestClient]:
    """Give the API of the bus that runs, to the charity."""
    with open_hub() as hub, TestClient(create_hub_app(hub), base_url=HERE) as client:
        client.headers.update(keys["charity-b"])
        yield client


def mapping(running: Bus) -> str:
    """Return where the columns go."""
    return f"""\
name: people
version: 1
provider: {running.name("charity-b")}
reference: [Client ID]
columns:
  First name: identity.given_names
  Surname: identity.family_name
  DOB: identity.date_of_birth
  Started: participation.started_on
events:
  enrolment:
    fixed:
      participation.service_id: {running.name("charity-b.recovery")}
      participation.stage: started
"""


def tried(client: TestClient, name: str, table: str = TABLE, **fields: str) -> dict[str, Any]:
    """Return what is answered to a dry run that must succeed."""
    answer = client.post("/v1/imports", data=fields, files={"file": (name, table.encode())})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_the_dry_run_promised_is_what_its_acceptance_did(
    running: Bus, charity: TestClient
) -> None:
    """Once: the token is over with it; the next table with these columns needs no mapping."""
    promised = tried(charity, "people.csv", mapping=mapping(running))
    body = {"token": promised["token"]}

    accepted = charity.post("/v1/imports/accept", json=body)

    assert promised["result"]["published"] == 2
    assert promised["recipients"]
    (rows,) = promised["rows"]
    assert (rows["rows"], rows["lines"], rows["seen_by_nobody_yet"]) == (2, [2, 3], True)
    asked = {who["agreement"]: who["categories"] for who in rows["to_ask"]}
    assert "identity" in asked[running.name("passport.coordination")]
    assert accepted.status_code == 200, accepted.text
    done = accepted.json()["result"]
    assert done | {"is_dry_run": True} == promised["result"]
    assert charity.post("/v1/imports/accept", json=body).status_code == 404
    again = tried(charity, "next-month.csv", TABLE.replace("31/02", "28/02"))["result"]
    assert (again["rows_unchanged"], again["rows_created"]) == (2, 1)


def test_a_table_is_accepted_by_whose_it_is_alone(
    running: Bus, charity: TestClient, keys: dict[str, dict[str, str]]
) -> None:
    """A token in another's hands is none."""
    token = tried(charity, "theirs.csv", mapping=mapping(running))["token"]

    answer = charity.post("/v1/imports/accept", json={"token": token}, headers=keys["borough-d"])

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7", "The file is a PDF, not a table."),
        (b"", "empty"),
        (TABLE.replace("Started", "Begun").encode(), "No mapping was used"),
    ],
)
def test_what_cannot_be_tried_is_refused_with_the_reason(
    charity: TestClient, content: bytes, said: str
) -> None:
    """And nothing of it is kept but for a day, sealed."""
    answer = charity.post("/v1/imports", files={"file": ("a-first-one.csv", content)})

    assert answer.status_code == 409
    assert said in answer.text


def test_every_fault_of_a_mapping_is_told(running: Bus, charity: TestClient) -> None:
    """As the command line tells them."""
    wrong = mapping(running).replace("identity.given_names", "identity.first").replace("stage", "x")
    fields = {"mapping": wrong}

    answer = charity.post("/v1/imports", data=fields, files={"file": ("b.csv", TABLE.encode())})

    assert answer.status_code == 409
    assert "identity.first is no field" in answer.text
