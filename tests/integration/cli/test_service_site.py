"""The directory over HTTP: for anybody, for an organisation with a key, and by a link."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from deploy.directory.keeping import keep
from deploy.directory.oruk import read_oruk
from deploy.home.api_token import read_api_token
from deploy.web.app import create_hub_app
from deploy.web.guard.open_route import ANYBODY
from deploy.web.guard.requests_at_once import RequestsAtOnce
from schemas.identifiers import ProviderId
from tests.integration.cli.conftest import Bus
from tests.support.page_outline import check_served_page
from tests.support.published_services import area, as_file, number, published, term

CONFIDENCE = {"attributes": [term("Confidence")]}


@pytest.fixture
def site(bus: Bus) -> Iterator[TestClient]:
    """Give somebody without a credential, and three listings of the charity's."""
    with bus.hub() as hub:
        today = hub.clock().date()
        services = [
            published(1, assured_date="2005-01-01", **CONFIDENCE),
            published(2, name="Near", assured_date=str(today), **CONFIDENCE),
            published(
                3,
                name="Debt advice",
                description=None,
                assured_date=str(today),
                service_areas=[area("Camden")],
            ),
        ]
        listings = read_oruk(as_file(*services), today).listings.values()
        with hub.engine.begin() as connection:
            connection.execute(text("DELETE FROM directory.listing"))
            keep(connection, ProviderId(bus.name("charity-b")), listings)
        with TestClient(create_hub_app(hub), base_url="http://localhost") as client:
            yield client


def token_of(bus: Bus) -> str:
    """Return the token of the one link that is made."""
    (asked,) = bus.lines("services", "ask")
    return str(asked["link"].rpartition("/")[2])


def key_of(bus: Bus, organisation: str, scope: str) -> dict[str, str]:
    """Return the header of a new key."""
    made = bus.json("api-key", "add", bus.name(organisation), "--scope", scope)
    return {"authorization": f"Bearer {made['secret']}"}


def test_anybody_searches_and_sets_no_cookie(site: TestClient) -> None:
    """On the page and over the API: the same, what is stale last and marked."""
    found = site.get("/v1/services", params={"need": "confidence"})
    page = site.get("/services", params={"need": "confidence", "borough": "", "utm_source": "x"})

    assert [one["id"] for one in found.json()["services"]] == [number(2), number(1)]
    assert [one["marks"] for one in found.json()["services"]] == [[], ["stale"]]
    assert found.json()["total"] == 2
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.text.index(number(2)) < page.text.index(number(1))
    assert "2 results" in page.text
    check_served_page(page.text)
    for answer in (found, page):
        assert "set-cookie" not in answer.headers
        assert "style-src 'sha256-" in answer.headers["content-security-policy"]


def test_a_program_finds_the_listing_of_a_service_of_the_bus(bus: Bus, site: TestClient) -> None:
    """Before it refers somebody there."""
    service = bus.name("charity-b.mentoring")
    bus.done("services", "join", number(2), service)

    found = site.get("/v1/services", params={"service": service}).json()["services"]

    assert [(one["id"], one["service"]) for one in found] == [(number(2), service)]
    assert site.get("/v1/services", params={"service": "no.such"}).json()["total"] == 0


def test_a_search_has_no_place_for_a_person(site: TestClient) -> None:
    """What the API does not know is refused, such as an age, a postcode or a number."""
    for field in ("age", "postcode", "number", "name"):
        answer = site.get("/v1/services", params={field: "1"})
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
    for odd in ("\x00", "a" * 101):
        assert site.get("/v1/services", params={"need": odd}).status_code == 422


def test_a_stale_service_is_shown_with_what_else_there_is(site: TestClient) -> None:
    """And one without a mark without."""
    stale = site.get(f"/v1/services/{number(1)}").json()
    fresh = site.get(f"/v1/services/{number(2)}").json()
    page = site.get(f"/services/{number(1)}")

    assert [one["id"] for one in stale["alternatives"]] == [number(2)]
    assert fresh["alternatives"] == []
    assert f'href="/services/{number(2)}"' in page.text
    check_served_page(page.text)


def test_what_is_not_there_is_said(site: TestClient) -> None:
    """To a program as a problem, to a person on a page."""
    answer = site.get(f"/v1/services/{number(99)}")
    page = site.get(f"/services/{number(99)}")

    assert (answer.status_code, page.status_code) == (404, 404)
    assert answer.json()["title"] == "The directory has no such listing."
    check_served_page(page.text)


def test_a_link_is_looked_at_as_often_as_one_likes_and_used_once(
    bus: Bus, site: TestClient
) -> None:
    """GET changes nothing, since a mail scanner opens links; POST confirms that one listing."""
    token = token_of(bus)
    looked = [site.get(f"/services/confirm/{token}") for _ in range(2)]
    before = site.get(f"/v1/services/{number(1)}").json()
    unanswered = site.post(f"/services/confirm/{token}", data={"sent": "yes"})
    wrong = site.post(f"/services/confirm/{token}", data={"capacity": "plenty"})

    used = site.post(f"/services/confirm/{token}", data={"capacity": "waiting-list"})
    again = site.post(f"/services/confirm/{token}", data={"capacity": "no"})
    after = site.get(f"/v1/services/{number(1)}").json()

    assert [answer.status_code for answer in (*looked, used)] == [200, 200, 200]
    assert "Mentoring and confidence" in looked[0].text
    assert before["marks"] == ["stale"]
    assert [answer.status_code for answer in (unanswered, wrong, again)] == [422, 422, 404]
    assert "Choose one of the answers." in unanswered.text
    assert (after["capacity"], after["marks"]) == ("waiting-list", [])
    assert site.get(f"/v1/services/{number(2)}").json()["capacity"] is None
    for answer in (*looked, unanswered, used, again):
        check_served_page(answer.text)
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "..%2F..%2Fservices"])
def test_a_link_that_somebody_made_up_opens_nothing(bus: Bus, site: TestClient, token: str) -> None:
    """Whatever it looks like."""
    bus.lines("services", "ask")

    assert site.get(f"/services/confirm/{token}").status_code == 404
    answer = site.post(f"/services/confirm/{token}", data={"capacity": "no"})
    assert answer.status_code == 404


def test_a_form_is_small_and_a_form(bus: Bus, site: TestClient) -> None:
    """What is not is refused before anything is done."""
    path = f"/services/confirm/{token_of(bus)}"
    form = {"content-type": "application/x-www-form-urlencoded"}

    assert site.post(path, json={"capacity": "no"}).status_code == 415
    assert site.post(path, content=b"a" * 2000, headers=form).status_code == 413
    assert site.post(path, content=b"&".join([b"a=1"] * 50), headers=form).status_code == 422
    assert site.post(path, content=b"\xff", headers=form).status_code == 422
    assert site.get(f"/v1/services/{number(1)}").json()["capacity"] is None


def test_an_organisation_says_of_its_own_services_whether_they_have_room(
    bus: Bus, site: TestClient
) -> None:
    """By a key with that scope; of another's it cannot, whatever scopes it has."""
    path, own = "/v1/services/capacity", bus.name("charity-b")
    charity = key_of(bus, "charity-b", f"services:{own}")
    borough = key_of(bus, "borough-d", f"services:{bus.name('borough-d')}")
    publisher = key_of(bus, "college-c", f"publish:{bus.name('college-c')}")
    operator = {"authorization": f"Bearer {read_api_token(Path(bus.settings['NWD_HOME']))}"}
    body: dict[str, Any] = {"listing": number(1), "capacity": "no"}

    said = site.post(path, json=body, headers=charity)
    other = site.post(path, json=body | {"capacity": "yes"}, headers=borough)
    without = site.post(path, json=body | {"capacity": "yes"}, headers=publisher)
    nobody = site.post(path, json=body | {"capacity": "yes"})
    unknown = site.post(path, json=body | {"listing": number(99)}, headers=charity)
    by_hub = site.post(path, json=body | {"listing": number(2)}, headers=operator)

    assert said.status_code == 200
    assert (said.json()["capacity"], said.json()["marks"]) == ("no", ["full"])
    assert [answer.status_code for answer in (other, without, nobody, unknown, by_hub)] == [
        *(403, 403, 401, 404, 200)
    ]
    assert site.get(f"/v1/services/{number(1)}").json()["capacity"] == "no"
    with bus.hub() as hub, hub.engine.connect() as connection:
        rows = connection.execute(
            text("SELECT capacity_by FROM directory.listing WHERE capacity = 'no' ORDER BY 1")
        ).scalars()
        assert set(rows) == {own, "operator"}


def test_a_flood_of_those_without_a_credential_is_told_to_wait(bus: Bus, site: TestClient) -> None:
    """It takes nothing from those who have one."""
    app: Any = site.app
    app.state.at_once = RequestsAtOnce(1)
    with app.state.at_once.counted(ANYBODY):
        refused = site.get("/v1/services")
        page = site.get("/services")
        known = site.post(
            "/v1/services/capacity",
            json={"listing": number(1), "capacity": "yes"},
            headers={"authorization": f"Bearer {read_api_token(Path(bus.settings['NWD_HOME']))}"},
        )

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert (page.status_code, known.status_code) == (429, 200)
    assert site.get("/v1/services").status_code == 200
