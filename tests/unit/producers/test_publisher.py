from collections import Counter
from datetime import date
from typing import Any

import pytest
from kafka.errors import KafkaError, KafkaTimeoutError, TopicAuthorizationFailedError

from producers.publisher import (
    Headers,
    Published,
    Publisher,
    PublishError,
    RecordPlace,
    Sent,
)
from schemas.blocks import Needs, Notes, Progress, Wellbeing
from schemas.codec import to_event
from schemas.errors import MalformedError
from schemas.identifiers import TopicName
from tests.support.factories import make_enrolment, make_outcome, make_referral


class FakeSent:
    """A record in the producer's hands."""

    def __init__(self, error: KafkaError | None, *, is_done: bool) -> None:
        self.is_done = is_done
        self._error = error

    def get(self, timeout: float | None = None) -> Any:
        """Give what became of it."""
        if not self.is_done:
            raise KafkaTimeoutError(f"not after {timeout}")
        if self._error:
            raise self._error
        return RecordPlace(0, 0)


class FakeProducer:
    """A producer that acknowledges all, but for what it is told to refuse or to sit on."""

    def __init__(self) -> None:
        self.records: list[tuple[str, bytes, bytes, Headers]] = []
        self.refuse: KafkaError | None = None
        self.refuse_to_take: KafkaError | None = None
        self.answers = True
        self.let_go: Counter[str] = Counter()

    def send(self, topic: TopicName, *, value: bytes, key: bytes, headers: Headers) -> Sent:
        """Take a record."""
        if self.refuse_to_take:
            raise self.refuse_to_take
        self.records.append((topic, value, key, headers))
        return FakeSent(self.refuse, is_done=self.answers)

    def flush(self, timeout: float | None = None) -> None:
        """Raise where nothing is answered, as kafka-python does; a refusal does not show here."""
        if not self.answers:
            raise KafkaTimeoutError(f"not after {timeout}")


class Ticking:
    """Seconds that pass each time they are asked for."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Return the time."""
        self.now += 0.5
        return self.now


def test_an_event_goes_to_its_provider_s_in_tray_keyed_by_participant() -> None:
    """The value is the event, the key the participant alone: any client puts it right."""
    producer, event = FakeProducer(), make_referral(provider_id="borough-d")

    Publisher(producer).publish(event)

    ((topic, value, key, _),) = producer.records
    assert topic == "in.borough-d"
    assert key == event.participant_id.encode()
    assert to_event(value) == event


def test_headers_are_those_of_a_cloud_event() -> None:
    """Binary mode: what tools route by, and nothing personal."""
    producer, event = FakeProducer(), make_outcome(provider_id="charity-b", revision=3)

    Publisher(producer).publish(event)

    assert dict(producer.records[0][3]) == {
        "ce_specversion": b"1.0",
        "ce_id": f"{event.event_id}.3".encode(),
        "ce_source": b"/providers/charity-b",
        "ce_type": b"org.nowrongdoor.outcome",
        "ce_time": b"2026-05-04T09:30:00Z",
        "content-type": b"application/avro",
    }


def test_a_flush_counts_what_was_acknowledged_since_the_last() -> None:
    """Every event is accounted for once."""
    publisher = Publisher(FakeProducer())
    for _ in range(3):
        publisher.publish(make_enrolment())

    assert publisher.flush(5) == Published(3)
    assert publisher.flush(5) == Published(0)


def test_what_was_refused_is_counted_and_never_quoted() -> None:
    """A flush of the client's own returns happily; the futures tell."""
    producer, event = FakeProducer(), make_referral()
    publisher = Publisher(producer)
    publisher.publish(make_referral())
    producer.refuse = TopicAuthorizationFailedError(f"value of {event.participant_id}")
    publisher.publish(event)

    with pytest.raises(PublishError) as raised:
        publisher.flush(5)

    assert "1 of 2 events were not acknowledged" in raised.value.message
    assert "1 TOPIC_AUTHORIZATION_FAILED" in raised.value.message
    assert "only its own in-tray" in raised.value.hint
    assert event.participant_id not in str(raised.value)


def test_what_is_not_answered_in_time_is_counted() -> None:
    """A flush waits no longer than it is told, however many are left."""
    producer = FakeProducer()
    producer.answers = False
    publisher = Publisher(producer, clock=Ticking())
    for _ in range(4):
        publisher.publish(make_referral())

    with pytest.raises(PublishError, match=r"4 of 4 events were not acknowledged: .* without"):
        publisher.flush(1)


def test_a_publisher_that_failed_takes_no_more() -> None:
    """An idempotent producer fails everything after one refusal: better to say so at once."""
    producer = FakeProducer()
    producer.refuse = TopicAuthorizationFailedError()
    publisher = Publisher(producer)
    publisher.publish(make_referral())
    producer.refuse = None

    with pytest.raises(PublishError):
        publisher.publish(make_referral())

    assert len(producer.records) == 1


def test_an_event_that_is_too_large_is_refused_and_the_rest_go_on() -> None:
    """It never reaches the producer, which would not recover from Kafka's own refusal."""
    producer = FakeProducer()
    publisher = Publisher(producer)
    answer = {
        "instrument": "i" * 100,
        "item": "x" * 100,
        "score": 1.0,
        "scale_min": 0.0,
        "scale_max": 10.0,
    }
    large = make_referral(
        notes=Notes(text="\U0001f600" * 20_000),
        wellbeing=Wellbeing.model_validate({"answers": (answer,) * 100}),
        needs=Needs(
            goals=("\U0001f600" * 300,) * 50,
            barriers=("\U0001f600" * 300,) * 50,
            adjustments=("\U0001f600" * 300,) * 50,
        ),
    )

    with pytest.raises(MalformedError, match="bytes"):
        publisher.publish(large)
    publisher.publish(make_referral())

    assert publisher.flush(5) == Published(1)


def test_an_end_before_its_start_is_refused_whatever_door_it_came_by() -> None:
    """And the rest go on."""
    producer = FakeProducer()
    publisher = Publisher(producer)
    outcome = make_outcome()
    progress = Progress(effective_from=date(2026, 5, 1), effective_to=date(2026, 3, 2))

    with pytest.raises(MalformedError, match=r"progress\.effective_to"):
        publisher.publish(outcome.model_copy(update={"progress": progress}))
    publisher.publish(outcome)

    assert publisher.flush() == Published(1)


def test_an_in_tray_that_cannot_be_found_is_named() -> None:
    """The client gives no more than a timeout for a topic that is not there."""
    producer = FakeProducer()
    producer.refuse_to_take = KafkaTimeoutError("no metadata")

    with pytest.raises(PublishError, match=r"in\.borough-d"):
        Publisher(producer).publish(make_referral(provider_id="borough-d"))


def test_what_is_acknowledged_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory does not grow with the length of a file, acknowledged or not."""
    monkeypatch.setattr("producers.publisher.MAX_WAITING", 10)
    publisher = Publisher(FakeProducer())
    for _ in range(50):
        publisher.publish(make_referral())
        assert len(publisher._waiting) <= 1

    stuck = FakeProducer()
    stuck.answers = False
    publisher = Publisher(stuck)
    for _ in range(10):
        publisher.publish(make_referral())
    with pytest.raises(PublishError):
        publisher.publish(make_referral())

    assert len(stuck.records) == 10
