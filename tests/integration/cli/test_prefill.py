"""Forms filled over HTTP with an organisation's key, and what comes back counted."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from deploy.hub import open_hub
from deploy.web.app import create_hub_app
from schemas.identifiers import PassportNumber, new_passport_number
from tests.integration.cli.conftest import Bus

HERE = "http://localhost"
FORM = "first-meeting"


def key_of(bus: Bus, organisation: str, scope: str) -> dict[str, str]:
    """Return the header with which an organisation of the demo asks."""
    made = bus.json("api-key", "add", bus.name(organisation), "--scope", scope)
    return {"authorization": f"Bearer {made['secret']}"}


@pytest.fixture(scope="module")
def keys(running: Bus) -> dict[str, dict[str, str]]:
    """Give the headers of two who may read a tray, and of one who may only capture consent."""
    support = running.name("borough-d.support")
    outcomes = running.name("college-c.outcomes")
    return {
        "borough": key_of(running, "borough-d", f"read:{support}"),
        "college": key_of(running, "college-c", f"read:{outcomes}"),
        "consent alone": key_of(running, "borough-d", f"consent:{support}"),
    }


@pytest.fixture
def web(keys: dict[str, dict[str, str]]) -> Iterator[TestClient]:
    """Give the API of the bus that runs, to the borough."""
    with open_hub() as hub, TestClient(create_hub_app(hub), base_url=HERE) as client:
        client.headers.update(keys["borough"])
        yield client


@pytest.fixture(scope="module")
def number(running: Bus) -> PassportNumber:
    """Give somebody whom the borough sees, and the passport holds."""
    return running.somebody()


def post(web: TestClient, path: str, **body: Any) -> dict[str, Any]:
    """Return what is answered to something that must succeed."""
    answer = web.post(f"/v1/prefill{path}", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def test_known_answers_come_with_source_and_date_and_the_rest_is_asked(
    running: Bus, web: TestClient, number: PassportNumber
) -> None:
    """What the agreement opens, and nothing of what it does not."""
    form = post(web, "", number=number, form="enrolment")

    known = {answer["question"]: answer for answer in form["answers"]}
    asked = {question["question"] for question in form["to_ask"]}
    assert form["name"] == "Enrolment on a course for adults"
    assert len(known) + len(asked) == 28
    assert known["identity.family_name"]["provider"] == running.name("borough-d")
    assert known["identity.family_name"]["observed_at"].startswith("20")
    seen = running.json("passport", "show", number, "--as", running.name("borough-d"))
    shown = {f"{value['category']}.{value['field']}" for value in seen["values"]}
    assert known.keys() <= shown
    assert not asked & shown


def test_an_answer_is_reused_only_where_it_comes_back_equal(
    running: Bus, web: TestClient, number: PassportNumber
) -> None:
    """Whatever the form's program says of it; and the question tells what nobody needs to ask."""
    form = post(web, "", number=number, form="enrolment")
    known = {answer["question"]: answer["value"] for answer in form["answers"]}
    first_asked = form["to_ask"][0]["question"]
    changed = {"identity.family_name": "Somebody-Else", first_asked: "new"}

    entered = post(web, "/answers", offer=form["offer"], answers=known | changed)["answers"]

    assert entered.pop("identity.family_name") == "changed"
    assert entered.pop(first_asked) == "asked"
    assert set(entered.values()) == {"reused"}
    counted = {
        (row["form"], row["question"]): row
        for row in running.lines("stats", "duplicate-entry")
        if row["organisation"] == running.name("borough-d")
    }
    family_name = counted["enrolment", "identity.family_name"]
    assert (family_name["reused"], family_name["changed"]) == (0, 1)
    assert counted["enrolment", "identity.given_names"]["equal_share"] == 1.0
    assert not family_name["is_to_stop"]


def test_an_offer_is_answered_once_by_whom_it_was_made_to(
    web: TestClient, keys: dict[str, dict[str, str]], number: PassportNumber
) -> None:
    """Another organisation's key does not reach it, and a second answer counts nothing."""
    college = keys["college"]
    offer = post(web, "", number=number, form=FORM)["offer"]
    body = {"offer": offer, "answers": {}}

    assert web.post("/v1/prefill/answers", json=body, headers=college).status_code == 404
    unasked = web.post("/v1/prefill/answers", json=body | {"answers": {"tax.code": "1"}})
    assert unasked.status_code == 422
    assert web.post("/v1/prefill/answers", json=body).status_code == 200
    assert web.post("/v1/prefill/answers", json=body).status_code == 404


def test_a_number_that_nobody_has_fills_nothing_like_one_that_shares_nothing(
    running: Bus, web: TestClient
) -> None:
    """The answers tell neither apart: only the offer's id differs."""
    stranger = running.participant()
    answers = [
        post(web, "", number=number, form=FORM) for number in (new_passport_number(), stranger)
    ]

    for answer in answers:
        del answer["offer"]
        assert answer["answers"] == []
    assert answers[0] == answers[1]


def test_whoever_is_looked_up_for_a_form_sees_it(
    running: Bus, web: TestClient, number: PassportNumber
) -> None:
    """In their copy, with who asked."""
    post(web, "", number=number)

    copy = running.json("export", number)

    assert {(asked["provider_id"], asked["answer"]) for asked in copy["look_ups"]} >= {
        (running.name("borough-d"), "prefilled")
    }


@pytest.mark.parametrize("form", ["tax-return", "../enrolment"])
def test_a_form_that_is_not_known_is_refused(web: TestClient, form: str) -> None:
    """By the body's form: the description of the API lists those that there are."""
    body = {"number": new_passport_number(), "form": form}

    assert web.post("/v1/prefill", json=body).status_code == 422


def test_who_may_read_nothing_is_refused_before_the_body(
    web: TestClient, keys: dict[str, dict[str, str]]
) -> None:
    """A key to capture consent is none to read with."""
    answer = web.post("/v1/prefill", content=b"no JSON", headers=keys["consent alone"])

    assert answer.status_code == 403
