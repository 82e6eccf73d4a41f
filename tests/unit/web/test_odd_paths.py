"""Paths of the public pages with digits and signs that nobody expects."""

import pytest
from fastapi.testclient import TestClient

ODD = [
    "²",
    "٣",
    "-1",
    "0",
    "01",
    "1.0",
    "9" * 18,
    "9" * 4999,
    "1_0",
    "%00",
    "%20",
    "%ff",
    "NaN",
    "1e3",
]


@pytest.mark.parametrize("version", ODD, ids=lambda odd: odd[:9])
def test_an_odd_version_or_id_is_no_fault_of_the_bus(client: TestClient, version: str) -> None:
    """There is no such version; an id may be written as a number can be."""
    answer = client.get(f"/subjects/referral-value/versions/{version}")
    by_id = client.get(f"/schemas/ids/{version}")

    assert answer.status_code == 404
    assert answer.json()["error_code"] == 40402
    assert by_id.status_code < 500


@pytest.mark.parametrize("version", ["1", "latest"])
def test_a_version_that_is_there_is_found(client: TestClient, version: str) -> None:
    """Else the test above would say nothing."""
    assert client.get(f"/subjects/referral-value/versions/{version}").status_code == 200


@pytest.mark.parametrize(
    "path", ["0/²", "0/000.p/٣", "²/000", f"0/{'x000/' * 5}%00", "63/x999/999"]
)
def test_an_odd_tile_is_no_fault_of_the_bus(client: TestClient, path: str) -> None:
    """What is the path of a tile is looked up, and the database is away here."""
    assert client.get(f"/ledger/tile/{path}").status_code in {404, 503}


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/ledger/tile/%0A", "text/plain; charset=utf-8"),
        ("/ledger/tile/0/%C2%85%0A1", "text/plain; charset=utf-8"),
        ("/ledger/tile/entries/0%0A", "text/plain; charset=utf-8"),
        ("/associations/a%0Ab", "application/vnd.schemaregistry.v1+json"),
    ],
)
def test_the_end_of_a_line_in_a_path_leads_to_no_other_answer(
    client: TestClient, path: str, media_type: str
) -> None:
    """The route that is declared answers, in the media type that it declares."""
    assert client.get(path).headers["content-type"] == media_type
