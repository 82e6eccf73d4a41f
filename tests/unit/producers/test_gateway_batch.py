"""A batch that comes over HTTP: each entry is answered by itself."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from kafka.errors import KafkaTimeoutError, TopicAuthorizationFailedError

from producers.examples import EXAMPLES
from producers.gateway.batch import (
    Entry,
    EntryAnswer,
    EntryOutcome,
    EventBatch,
    ReadEntry,
    answer_again,
    entries_in_lines,
    publish_entries,
    read_batch,
    refuse_nobody_s,
)
from producers.json_lines import line_of
from producers.publisher import Publisher
from schemas.codec import to_event
from schemas.identifiers import ProviderId
from tests.unit.producers.test_publisher import FakeProducer

GOOD = json.loads(line_of(EXAMPLES["referral"]))
BOROUGH = ProviderId(GOOD["provider_id"])
BEGUN = datetime(2026, 6, 1, 12, tzinfo=UTC)


def batch_of(*entries: Any) -> EventBatch:
    """Return a batch of the borough's."""
    return EventBatch(
        BOROUGH, [Entry(place, content) for place, content in enumerate(entries, 1)], BEGUN
    )


def entries_of(*entries: Any) -> list[ReadEntry]:
    """Return what is in a batch of the borough's."""
    return read_batch(batch_of(*entries))


def outcomes(answers: list[EntryAnswer]) -> list[EntryOutcome]:
    """Return what has become of each entry."""
    return [answer.outcome for answer in answers]


def test_what_is_wrong_keeps_no_other_event_from_being_published() -> None:
    """It is answered by field and rule, in its place; no value is repeated."""
    producer = FakeProducer()
    wrong = GOOD | {"participant_id": "Zaphod"}

    answers = publish_entries(entries_of(GOOD, wrong, "Zaphod", b"{", GOOD), Publisher(producer))

    assert outcomes(answers) == ["accepted", "refused", "refused", "refused", "accepted"]
    assert len(producer.records) == 2
    assert answers[1].problems == (
        "participant_id: a participant id is a passport number, NWD-XXXX-XXXX-C",
    )
    assert answers[2].problems == ("it is not a JSON object",)
    assert "Zaphod" not in repr(answers)


def test_the_credential_says_who_publishes() -> None:
    """A body can leave it out, and cannot say another."""
    producer = FakeProducer()
    silent = {name: value for name, value in GOOD.items() if name != "provider_id"}

    answers = publish_entries(
        entries_of(silent, GOOD | {"provider_id": "college-c"}), Publisher(producer)
    )

    assert outcomes(answers) == ["accepted", "refused"]
    assert answers[1].problems == ("provider_id: the credential is another provider's",)
    ((topic, value, _, _),) = producer.records
    assert topic == "in.borough-d"
    assert to_event(value) == EXAMPLES["referral"]


def test_events_without_an_id_or_a_moment_get_them_from_the_batch() -> None:
    """So that a batch that is sent again is the same to the bit."""
    bare = {key: value for key, value in GOOD.items() if key not in {"event_id", "recorded_at"}}
    producer = FakeProducer()
    ids = ["6f1f0f4e-2f0d-4a55-9d0a-00000000000a"]
    batch = replace(batch_of(bare), new_id=lambda line: ids[line - 1])

    (answer,) = publish_entries(read_batch(batch), Publisher(producer))
    publish_entries(read_batch(batch), Publisher(producer))

    assert answer.event
    assert (answer.event.event_id, answer.event.recorded_at) == (ids[0], BEGUN)
    assert producer.records[0] == producer.records[1]


def test_what_kafka_does_not_acknowledge_in_time_is_unconfirmed() -> None:
    """Nobody says that it is on the bus, and nobody that it is not."""
    producer = FakeProducer()
    producer.answers = False

    answers = publish_entries(entries_of(GOOD, {}), Publisher(producer), timeout_seconds=0)

    assert outcomes(answers) == ["unconfirmed", "refused"]


@pytest.mark.parametrize("error", [KafkaTimeoutError("away"), TopicAuthorizationFailedError("no")])
def test_once_the_publisher_fails_nothing_more_is_sent(error: Exception) -> None:
    """What comes after is answered, too: it is read, and can be sent again."""
    producer = FakeProducer()
    producer.refuse_to_take = error

    answers = publish_entries(entries_of(GOOD, GOOD, {}), Publisher(producer))

    assert outcomes(answers) == ["unconfirmed", "unconfirmed", "refused"]
    assert all(answer.event for answer in answers[:2])


def test_what_kafka_refuses_is_not_accepted() -> None:
    """It was sent, and stands nowhere."""
    producer = FakeProducer()
    producer.refuse = TopicAuthorizationFailedError("no")

    answers = publish_entries(entries_of(GOOD), Publisher(producer))

    assert outcomes(answers) == ["unconfirmed"]


def test_an_event_that_is_too_large_is_refused_by_itself() -> None:
    """Kafka is not asked, and the answer is the same when it is given again."""
    faces = ["\U0001f600" * 300] * 50
    large = GOOD | {
        "notes": {"text": "\U0001f600" * 20_000},
        "background": {"work_history": faces},
        "needs": {"goals": faces, "barriers": faces, "adjustments": faces},
    }
    batch = batch_of(GOOD, large)

    answers = publish_entries(read_batch(batch), Publisher(FakeProducer()))

    assert outcomes(answers) == ["accepted", "refused"]
    assert outcomes(answer_again(read_batch(batch))) == ["accepted", "refused"]


def test_an_answer_can_be_given_again_without_sending_anything() -> None:
    """It follows from the batch."""
    entries = entries_of(GOOD, {}, 7)

    first = publish_entries(entries, Publisher(FakeProducer()))

    assert answer_again(entries) == [answer._replace(place=None) for answer in first]


def test_an_event_about_nobody_is_refused_by_its_field() -> None:
    """The number is not repeated."""
    producer = FakeProducer()

    answers = publish_entries(refuse_nobody_s(entries_of(GOOD, GOOD), [1]), Publisher(producer))

    assert outcomes(answers) == ["refused", "accepted"]
    assert answers[0].problems == (
        "participant_id: nobody who takes part has that passport number",
    )
    assert len(producer.records) == 1


def test_blank_lines_are_no_entries_and_count() -> None:
    """As for `nwd publish`."""
    assert entries_in_lines(b"\n{}\r\n \n[]") == [Entry(2, b"{}\r"), Entry(4, b"[]")]
