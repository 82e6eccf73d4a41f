import json
from datetime import UTC, datetime
from typing import Any

import pytest

from producers.examples import EXAMPLES
from producers.json_lines import LineError, line_of, read_event
from schemas.events import Event
from schemas.identifiers import is_event_id
from tests.support.factories import make_enrolment, make_outcome, make_referral

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def line(kind: str = "referral", **changes: Any) -> bytes:
    """Return an example's line with changes; None takes a field out."""
    fields = json.loads(line_of(EXAMPLES[kind])) | changes
    return json.dumps({name: one for name, one in fields.items() if one is not None}).encode()


@pytest.mark.parametrize("event", [make_referral(), make_enrolment(), make_outcome()])
def test_an_event_comes_back_from_its_line_as_it_was(event: Event) -> None:
    """With all of its blocks."""
    assert read_event(line_of(event).encode(), NOW) == (event, False)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_a_line_that_is_taken(name: str) -> None:
    """Somebody starts from it."""
    assert read_event(line_of(EXAMPLES[name]).encode(), NOW).event == EXAMPLES[name]


def test_a_line_without_an_event_id_gets_a_new_one_each_time() -> None:
    """And the caller hears that it is new: nobody else knows it."""
    first, second = (read_event(line(event_id=None), NOW) for _ in range(2))

    assert first.has_new_id
    assert is_event_id(first.event.event_id)
    assert first.event.event_id != second.event.event_id


def test_a_line_without_recorded_at_is_recorded_now() -> None:
    """By the clock of whoever publishes."""
    assert read_event(line(recorded_at=None), NOW).event.recorded_at == NOW


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (b"{", "it is not JSON: Expecting property name enclosed in double quotes at column 2"),
        (b"\xff\xfe", "it is not UTF-8"),
        (b"[1]", "it is not a JSON object"),
        (b'{"type": NaN}', "it holds a number that is none, or too long"),
        (b'{"type": ' + b"9" * 5000 + b"}", "it holds a number that is none, or too long"),
        (b"[" * 200_000, "it is nested too deeply"),
        (line(type="enrollment"), "type: must be one of referral, enrolment, outcome"),
        (line(type=["referral"]), "type: must be one of referral, enrolment, outcome"),
        (line(participant_id="NWD-SAMP-1E00-8"), "participant_id: a participant id is a passport"),
        (line(participation=None), "participation: Field required"),
        (
            line(identity={"ni_number": "QQ12345"}),
            "identity.ni_number: it is two letters, six digits and a letter",
        ),
        (line(occurred_at="yesterday"), "occurred_at: Input should be a valid datetime"),
        (line(favourite="blue"), "favourite: Extra inputs are not permitted"),
        (line(identity={"Ada Sample": 1}), "identity.(a field): Extra inputs are not permitted"),
    ],
)
def test_a_line_that_is_no_event_says_why_and_shows_no_value(given: bytes, problem: str) -> None:
    """The line's number tells where to look."""
    with pytest.raises(LineError) as caught:
        read_event(given, NOW)

    (said,) = caught.value.problems
    assert said.startswith(problem)
    assert not {"QQ12345", "Ada", "yesterday", "blue", "NWD-SAMP"} & set(said.split())


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            line(
                "enrolment",
                participation={
                    "service_id": "college-c.adult-skills",
                    "stage": "completed",
                    "started_on": "2026-05-01",
                    "ended_on": "2026-03-02",
                },
            ),
            "participation.ended_on: it is before participation.started_on",
        ),
        (
            line(
                "outcome",
                progress={"effective_from": "2026-05-01", "effective_to": "2026-03-02"},
            ),
            "progress.effective_to: it is before progress.effective_from",
        ),
    ],
)
def test_a_line_whose_end_is_before_its_start_is_no_event(given: bytes, problem: str) -> None:
    """One of the two days is wrong, and nobody but the provider knows which."""
    with pytest.raises(LineError) as caught:
        read_event(given, NOW)

    assert caught.value.problems == (problem,)


def test_all_faults_of_a_line_are_named_at_once() -> None:
    """Nobody mends them one by one."""
    with pytest.raises(LineError) as caught:
        read_event(line(provider_id="X", revision=0), NOW)

    assert [one.partition(":")[0] for one in caught.value.problems] == ["provider_id", "revision"]
