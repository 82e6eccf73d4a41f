"""Events over HTTP, on a bus whose filter runs: published, sent again, refused."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import text

from deploy.web.app import create_hub_app
from schemas.identifiers import ProviderId, ServiceId, new_passport_number
from tests.integration.cli.conftest import Bus
from tests.support.avro_container import container
from tests.support.factories import make_referral
from tests.support.gateway import GatewayClient, gateway_client
from tests.support.web import serving

BOROUGH = ProviderId("borough-d")
LINES = "application/x-ndjson"
AVRO = "application/avro"


def without_moment(line: str) -> str:
    """Return an event that does not say when it was recorded: the bus says so, each time."""
    return json.dumps(
        {key: value for key, value in json.loads(line).items() if key != "recorded_at"}
    )


@pytest.fixture(scope="module")
def port(running: Bus) -> Iterator[int]:
    """Give the port of a real server of the bus that runs."""
    with running.hub() as hub, serving(create_hub_app(hub)) as port:
        yield port


@pytest.fixture(scope="module")
def borough(running: Bus, port: int) -> Iterator[GatewayClient]:
    """Give the borough's system."""
    with gateway_client(running, port, BOROUGH) as client:
        yield client


def test_a_batch_that_is_accepted_is_on_the_bus(running: Bus, borough: GatewayClient) -> None:
    """As lines, or as a list; one event by itself, too."""
    number = running.participant()
    referrals = [running.line("referral", number) for _ in range(4)]

    lines = borough.send("POST", "/v1/events", "\n".join(referrals[:2]), content_type=LINES)
    listed = borough.send("POST", "/v1/events", f"[{referrals[2]}]")
    single = borough.send("POST", "/v1/events", referrals[3])

    assert [status for status, _ in (lines, listed, single)] == [202] * 3
    assert (lines[1]["accepted"], lines[1]["refused"], lines[1]["unconfirmed"]) == (2, 0, 0)
    running.wait_for_events(number, 4)


def test_a_batch_in_avro_is_answered_as_one_in_json(running: Bus, borough: GatewayClient) -> None:
    """By its place in the container; what is no container of ours is refused whole."""
    number, name = running.participant(), running.name(BOROUGH)
    service = ServiceId(running.name("borough-d.jobs"))
    good, theirs = (
        make_referral(service, participant_id=number, provider_id=provider)
        for provider in (name, running.name("college-c"))
    )

    sent = borough.send("POST", "/v1/events", container(good, theirs), content_type=AVRO)
    broken = borough.send("POST", "/v1/events", b"Obj nothing", content_type=AVRO)

    assert sent[0] == 207
    assert [event["outcome"] for event in sent[1]["events"]] == ["accepted", "refused"]
    assert broken[0] == 422
    running.wait_for_events(number, 1)


def test_a_refused_event_is_named_and_the_others_go_through(
    running: Bus, borough: GatewayClient
) -> None:
    """By its line, its fields and their rules; nobody publishes as another."""
    number = running.participant()
    theirs = running.line("referral", number, provider_id=running.name("college-c"))
    good = running.line("referral", number)

    nobody_s = running.line("referral", new_passport_number())

    status, answer = borough.send(
        "POST", "/v1/events", f"{theirs}\n{{}}\n{good}\n{nobody_s}", content_type=LINES
    )

    assert status == 207
    outcomes = [event["outcome"] for event in answer["events"]]
    assert outcomes == ["refused", "refused", "accepted", "refused"]
    assert answer["events"][0]["problems"] == ["provider_id: the credential is another provider's"]
    assert number not in json.dumps(answer)
    running.wait_for_events(number, 1)


def test_a_request_that_is_sent_again_has_the_effect_of_one(
    running: Bus, borough: GatewayClient
) -> None:
    """And its answer, to the id of an event without one; with another body it is refused."""
    number, key = running.participant(), str(uuid4())
    first, second = (without_moment(running.line(one, number)) for one in ("referral", "outcome"))
    letters = running.lines("dead-letters")

    answers = [
        borough.send("POST", "/v1/events", body, idempotency_key=key)
        for body in (first, first, second)
    ]

    assert answers[0][0] == 202
    assert answers[1] == answers[0]
    assert answers[2][0] == 422
    assert answers[2][1]["title"] == "That Idempotency-Key came with another body before."
    last = borough.send("POST", "/v1/events", first, idempotency_key=str(uuid4()))
    running.wait_for_events(number, 2)
    assert last[1]["events"][0]["event_id"] != answers[0][1]["events"][0]["event_id"]
    assert running.json("participant", "show", number)["events"] == 2
    assert running.lines("dead-letters") == letters


def test_who_is_erased_is_refused_as_somebody_who_never_was(
    running: Bus, borough: GatewayClient
) -> None:
    """Nobody learns by it that they were here; an answer that is given again stays."""
    number, key = running.participant(), str(uuid4())
    both = "\n".join(running.line("referral", one) for one in (number, new_passport_number()))
    before = borough.send("POST", "/v1/events", both, content_type=LINES, idempotency_key=key)
    running.done("erasure", "start", number, "--yes")

    after = borough.send("POST", "/v1/events", both, content_type=LINES)
    again = borough.send("POST", "/v1/events", both, content_type=LINES, idempotency_key=key)

    first, second = after[1]["events"]
    assert first | {"line": 2} == second
    assert before == again
    assert [event["outcome"] for event in again[1]["events"]] == ["accepted", "refused"]


def test_of_a_kept_request_there_are_digests_alone(running: Bus, borough: GatewayClient) -> None:
    """Neither the key nor a part of the body."""
    number, key = running.participant(), "of-Ada-Sample"
    borough.send("POST", "/v1/events", running.line("referral", number), idempotency_key=key)

    with running.hub() as hub, hub.engine.connect() as connection:
        rows = connection.execute(text("SELECT request::text FROM gateway.request request")).all()

    held = str(rows)
    for value in (key, number):
        assert value not in held
        assert value.encode().hex() not in held


def test_a_suspended_organisation_publishes_nothing_here_either(
    running: Bus, borough: GatewayClient
) -> None:
    """As Kafka would refuse it."""
    line = running.line("referral", running.participant())
    running.done("organisation", "suspend", running.name(BOROUGH))

    kept_out, _ = borough.send("POST", "/v1/events", line)
    running.done("organisation", "resume", running.name(BOROUGH))
    let_in, _ = borough.send("POST", "/v1/events", line)

    assert (kept_out, let_in) == (403, 202)


def test_somebody_is_registered_and_found_again(borough: GatewayClient) -> None:
    """By the provider's own reference; one who is not understood keeps nobody else away."""
    ada = {"reference": f"case-{uuid4()}", "given_names": "Ada", "family_name": "Sample"}
    wrong = {"reference": "case-2", "date_of_birth": "Zaphod"}

    first = borough.send("POST", "/v1/participants", json.dumps([ada, wrong, 7]))
    second = borough.send("POST", "/v1/participants", json.dumps(ada))

    assert (first[0], second[0]) == (207, 200)
    new, *refused = first[1]["people"]
    (known,) = second[1]["people"]
    assert (new["outcome"], known["outcome"]) == ("registered", "known")
    assert new["participant_id"] == known["participant_id"]
    assert [person["outcome"] for person in refused] == ["refused", "refused"]
    assert refused[0]["problems"] == [
        "date_of_birth: a day is written as YYYY-MM-DD, such as 1992-03-02"
    ]
    assert "Zaphod" not in json.dumps(first[1])


def test_who_may_be_somebody_known_is_asked_and_not_joined(
    running: Bus, borough: GatewayClient, port: int
) -> None:
    """No number is told until the person has answered; the card, or their yes, is the answer."""
    person = {"given_names": "Philomena", "family_name": uuid4().hex, "date_of_birth": "1979-02-11"}
    first = borough.send("POST", "/v1/participants", json.dumps(person | {"reference": "p-1"}))
    number = first[1]["people"][0]["participant_id"]
    there = person | {"reference": "l-1", "date_of_birth": "1979-11-02"}

    with gateway_client(running, port, "college-c") as college:
        asked = college.send("POST", "/v1/participants", json.dumps(there))
        wrong = college.send(
            "POST",
            "/v1/participants",
            json.dumps(there | {"answer": "same", "passport_number": new_passport_number()}),
        )
        answered = college.send(
            "POST",
            "/v1/participants",
            json.dumps(there | {"answer": "same", "passport_number": number}),
        )

    assert asked[0] == 207
    (possible,) = asked[1]["people"]
    assert (possible["outcome"], possible["participant_id"]) == ("possible-match", None)
    assert possible["problems"]
    assert wrong[1]["people"][0]["outcome"] == "unknown-number"
    assert answered[1]["people"][0]["participant_id"] == number
