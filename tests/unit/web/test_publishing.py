"""What the gateway answers while Kafka is slow or away, and while enough is under way."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from deploy.operations import published_batches
from deploy.web import publishing
from deploy.web.guard.callers import Caller, Callers
from producers.examples import EXAMPLES
from producers.json_lines import line_of
from producers.publisher import Publisher
from schemas.errors import KafkaAwayError
from tests.unit.producers.test_publisher import FakeProducer
from tests.unit.web.test_callers import key

LINES = "\n".join((line_of(EXAMPLES["referral"]), "{}"))


class FakeTrays:
    """In-trays over a producer of a test's."""

    def __init__(self, producer: FakeProducer) -> None:
        self.producer = producer
        self.is_away = False

    def publisher(self) -> "FakeTrays":
        """Give a publisher, as a context."""
        return self

    def __enter__(self) -> Publisher:
        if self.is_away:
            raise KafkaAwayError("no connection", "10.0.0.7:9092")
        return Publisher(self.producer)

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def trays(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> FakeTrays:
    """Give the in-trays; it is the borough that asks."""
    trays = FakeTrays(FakeProducer())

    async def borough(_self: Callers, _headers: Any) -> Caller:
        await asyncio.sleep(0)
        return Caller(key("publish:borough-d"))

    monkeypatch.setattr(Callers, "caller_of", borough)
    monkeypatch.setattr(app.state.publishing, "_trays", trays)
    monkeypatch.setattr(published_batches, "_nobody_s", lambda *_: [])
    monkeypatch.setattr(published_batches, "_keep", lambda *_: None)
    return trays


def posted(client: TestClient) -> Any:
    """Return the answer to an event, and to something that is none."""
    headers = {"content-type": "application/x-ndjson"}
    return client.post("/v1/events", content=LINES, headers=headers)


def test_each_line_is_answered(client: TestClient, trays: FakeTrays) -> None:
    """207: not all was accepted. What was stands in the in-tray."""
    answer = posted(client)

    assert answer.status_code == 207
    assert (answer.json()["accepted"], answer.json()["refused"]) == (1, 1)
    first, second = answer.json()["events"]
    assert (first["line"], first["outcome"], first["revision"]) == (1, "accepted", 1)
    assert first["event_id"] == EXAMPLES["referral"].event_id
    assert second["problems"] == ["type: must be one of referral, enrolment, outcome"]
    assert len(trays.producer.records) == 1


@pytest.mark.parametrize(("is_there", "status"), [(True, 429), (False, 503)])
def test_what_is_not_acknowledged_in_time_is_told_by_line(
    client: TestClient,
    trays: FakeTrays,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_there: bool,
    status: int,
) -> None:
    """With its id, under which it can be sent again: a slow Kafka is 429, and one away is 503."""
    trays.producer.answers = False
    monkeypatch.setattr(published_batches, "logs_in", lambda _: is_there)

    answer = posted(client)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert [event["outcome"] for event in answer.json()["events"]] == ["unconfirmed", "refused"]
    assert answer.json()["events"][0]["event_id"] == EXAMPLES["referral"].event_id


def test_a_kafka_that_is_away_is_a_problem_that_does_not_say_where(
    client: TestClient, trays: FakeTrays
) -> None:
    """Its address is the operator's business."""
    trays.is_away = True

    answer = posted(client)

    assert answer.status_code == 503
    assert answer.json()["title"] == "Kafka does not answer at the moment."
    assert "10.0.0.7" not in answer.text


@pytest.mark.usefixtures("trays")
def test_enough_batches_under_way_are_told_to_wait(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429, and when to come again."""
    monkeypatch.setattr(publishing, "UNDER_WAY", 0)

    answer = posted(client)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.usefixtures("trays")
@pytest.mark.parametrize("body", [7, "text", [], [{}] * 501])
def test_a_body_that_is_no_batch_is_a_problem(client: TestClient, body: Any) -> None:
    """Something else, nothing, too many."""
    assert client.post("/v1/events", json=body).status_code == 422


def test_the_operator_publishes_as_nobody(operator: TestClient) -> None:
    """A token names no provider."""
    answer = posted(operator)

    assert answer.status_code == 403
    assert "publish:" in answer.json()["detail"]
