"""The filter's log on Kafka, over a client that answers as kafka-python can: too little."""

from threading import Event
from typing import Any, NamedTuple

import pytest
from kafka import TopicPartition
from kafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    OffsetOutOfRangeError,
    ProducerFencedError,
)

from consent_ledger.filter import kafka_event_log as log
from consent_ledger.filter.event_log import EventLogError
from consent_ledger.filter.kafka_event_log import KafkaEventLog
from consent_ledger.filter.records import OutRecord
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection

PLACE = TopicPartition("out.a.b", 0)
NOWHERE = KafkaConnection("nowhere:9092")


class Sent(NamedTuple):
    """Where a record was appended."""

    topic_partition: TopicPartition
    offset: int


class FakeFuture:
    """What became of one record."""

    def __init__(self, offset: int, error: KafkaError | None) -> None:
        self._sent = Sent(PLACE, offset)
        self._error = error

    def get(self, timeout: float) -> Sent:
        """Tell."""
        assert timeout > 0
        if self._error:
            raise self._error
        return self._sent


class FakeProducer:
    """A transactional producer whose flush returns happily, whatever was lost."""

    def __init__(self, **_: Any) -> None:
        self.steps: list[str] = []
        self.lost: set[bytes] = set()
        self.duplicates: set[bytes] = set()
        self.answers = Event()
        self.answers.set()
        self.refuses: KafkaError | None = None

    def begin_transaction(self) -> None:
        """Begin."""
        self.steps.append("begin")

    def send(self, _topic: str, _value: bytes, key: bytes, *_: Any) -> FakeFuture:
        """Take a record."""
        self.steps.append("send")
        lost = KafkaTimeoutError("expired") if key in self.lost else None
        offset = -1 if key in self.duplicates else self.steps.count("send") - 1
        return FakeFuture(offset, lost)

    def flush(self, _timeout: float) -> None:
        """Return."""
        self.steps.append("flush")

    def commit_transaction(self) -> None:
        """Return when the broker has answered."""
        self.answers.wait(5)
        if self.refuses:
            raise self.refuses
        self.steps.append("commit")


class FakeConsumer:
    """A reader of committed records: at each look it can read up to the next of these offsets."""

    def __init__(self) -> None:
        self.readable: list[int | None] = [100]
        self.refuses: KafkaError | None = None

    def assignment(self) -> set[TopicPartition]:
        """Return that it reads one in-tray."""
        return {TopicPartition("in.a", 0)}

    def poll(self, _timeout_ms: int, max_records: int) -> dict[TopicPartition, list[Any]]:
        """Give nothing."""
        assert max_records > 0
        if self.refuses:
            raise self.refuses
        return {}

    def end_offsets(self, places: list[TopicPartition], timeout_ms: int) -> dict[Any, int]:
        """Tell; None is a place that it has not heard of."""
        assert timeout_ms > 0
        end = self.readable.pop(0) if len(self.readable) > 1 else self.readable[0]
        if end is None:
            raise KeyError
        return dict.fromkeys(places, end)


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> FakeProducer:
    """Give the producer that the next log gets."""
    made = FakeProducer()
    monkeypatch.setattr(log, "KafkaProducer", lambda **_: made)
    return made


@pytest.fixture(autouse=True)
def consumer(monkeypatch: pytest.MonkeyPatch) -> FakeConsumer:
    """Give the consumer that the next log gets."""
    made = FakeConsumer()
    monkeypatch.setattr(log, "KafkaConsumer", lambda **_: made)
    return made


def records(*keys: bytes) -> list[OutRecord]:
    """Return a record under each key."""
    return [OutRecord(TopicName("out.a.b"), 0, key, b"value", []) for key in keys]


def test_a_batch_is_flushed_before_it_is_committed(producer: FakeProducer) -> None:
    """What a send has come to is known only then."""
    KafkaEventLog(NOWHERE, "filter-0").append(records(b"one", b"other"))

    assert producer.steps == ["begin", "send", "send", "flush", "commit"]


@pytest.mark.parametrize("lost", [b"one", b"other"])
def test_a_batch_of_which_one_record_expired_is_not_committed(
    producer: FakeProducer, lost: bytes
) -> None:
    """The record's own future alone tells: a commit without it would count as the whole turn."""
    producer.lost = {lost}

    with pytest.raises(EventLogError, match="did not take a batch of 2 records"):
        KafkaEventLog(NOWHERE, "filter-0").append(records(b"one", b"other"))

    assert "commit" not in producer.steps


@pytest.mark.parametrize("duplicate", [b"one", b"other"])
def test_a_batch_of_which_nobody_knows_where_one_record_stands_is_not_committed(
    producer: FakeProducer, duplicate: bytes
) -> None:
    """kafka-python counts what the broker calls a duplicate as sent, and gives it no offset."""
    producer.duplicates = {duplicate}

    with pytest.raises(EventLogError, match=r"2 records \(DUPLICATE_SEQUENCE_NUMBER\)"):
        KafkaEventLog(NOWHERE, "filter-0").append(records(b"one", b"other"))

    assert "commit" not in producer.steps


def test_a_commit_that_is_never_answered_is_an_error(
    producer: FakeProducer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the filter would stand still for ever, and nobody would start it again."""
    monkeypatch.setattr(log, "ANSWER_SECONDS", 0.01)
    producer.answers.clear()

    with pytest.raises(
        EventLogError, match=r"did not take a batch of 1 records \(no answer in time\)"
    ):
        KafkaEventLog(NOWHERE, "filter-0").append(records(b"one"))

    assert "commit" not in producer.steps
    producer.answers.set()


def test_a_commit_that_the_broker_refuses_is_an_error(producer: FakeProducer) -> None:
    """Such as that of a producer which was taken over."""
    producer.refuses = ProducerFencedError()

    with pytest.raises(EventLogError, match="PRODUCER_FENCED"):
        KafkaEventLog(NOWHERE, "filter-0").append(records(b"one"))


@pytest.mark.parametrize("before", [[0], [1, 1], [None]])
def test_a_batch_counts_only_when_all_of_it_can_be_read(
    producer: FakeProducer, consumer: FakeConsumer, before: list[int | None]
) -> None:
    """The broker answers a commit before it writes the markers that readers wait for."""
    consumer.readable = [*before, 2, 3]

    KafkaEventLog(NOWHERE, "filter-0").append(records(b"one", b"other"))

    assert producer.steps[-1] == "commit"
    assert consumer.readable == [3]


def test_a_commit_that_left_the_transaction_open_is_an_error(
    producer: FakeProducer, consumer: FakeConsumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that only believes it has committed would let a withdrawal count as enforced."""
    monkeypatch.setattr(log, "ANSWER_SECONDS", 0.01)
    consumer.readable = [1]

    with pytest.raises(
        EventLogError, match=r"did not take a batch of 2 records \(no answer in time\)"
    ):
        KafkaEventLog(NOWHERE, "filter-0").append(records(b"one", b"other"))

    assert producer.steps[-1] == "commit"


@pytest.mark.usefixtures("producer")
def test_an_in_tray_that_cannot_be_read_is_an_error_without_a_record_s_words(
    consumer: FakeConsumer,
) -> None:
    """The shard stops, and its successor begins where it was."""
    consumer.refuses = OffsetOutOfRangeError("key=b'Ada'")
    reading = KafkaEventLog(NOWHERE, "filter-0")

    with pytest.raises(EventLogError, match=r"cannot be read \(OFFSET_OUT_OF_RANGE\)") as raised:
        reading.poll(0.1, 10)

    assert "Ada" not in str(raised.value)
