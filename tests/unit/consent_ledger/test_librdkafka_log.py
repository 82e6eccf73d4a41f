"""The filter's log on librdkafka, over a client that answers late, in part, or not at all."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from consent_ledger.filter import librdkafka_event_log as log
from consent_ledger.filter.event_log import EventLogError
from consent_ledger.filter.librdkafka_event_log import LibrdkafkaEventLog
from consent_ledger.filter.records import OutRecord
from schemas.errors import KafkaAwayError
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection

NOWHERE = KafkaConnection("nowhere:9092")
FULL = 3
UNKNOWN = -1001

Note = Callable[[KafkaError | None, Any], None]


class Delivered(NamedTuple):
    """A record of which the client tells what became of it."""

    at: int

    def offset(self) -> int:
        """Tell where it stands."""
        return self.at


class FakeProducer:
    """A transactional producer whose flush and commit return happily, whatever was lost."""

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self.made = 0
        self.steps: list[str] = []
        self.refused: set[bytes] = set()
        self.unanswered: set[bytes] = set()
        self.stands_nowhere = False
        self.raises: dict[str, BaseException] = {}
        self._waiting: list[tuple[bytes, Note]] = []
        self._end = 0

    def init_transactions(self, timeout: float) -> None:
        """Fence whoever came before."""
        self._step("init", timeout)

    def begin_transaction(self) -> None:
        """Begin."""
        self._step("begin")

    def produce(
        self, _topic: str, _value: bytes, key: bytes, _partition: int, note: Note, **_: Any
    ) -> None:
        """Take a record, while there is room."""
        if len(self._waiting) == FULL:
            raise BufferError
        self._waiting.append((key, note))
        self._step("produce")

    def flush(self, timeout: float) -> int:
        """Tell of each record what became of it, and return how many it waits for."""
        self._step("flush", timeout)
        for key, note in self._waiting:
            if key in self.refused:
                note(KafkaError(KafkaError.MSG_SIZE_TOO_LARGE), None)
            elif key not in self.unanswered:
                note(None, Delivered(UNKNOWN if self.stands_nowhere else self._end))
                self._end += 1
        self._waiting.clear()
        return 0

    def commit_transaction(self, timeout: float) -> None:
        """Return when the broker has answered."""
        self._step("commit", timeout)

    def _step(self, name: str, timeout: float = 1) -> None:
        assert 0 < timeout < 60
        if name in self.raises:
            raise self.raises[name]
        self.steps.append(name)


class FakeConsumer:
    """A consumer that gives what it is told to."""

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self.made = 0
        self.raises: KafkaException | None = None
        self.gives: list[Any] = []

    def assign(self, places: list[TopicPartition]) -> None:
        """Take places to read from."""

    def consume(self, _count: int, timeout: float) -> list[Any]:
        """Give it."""
        assert timeout >= 0
        if self.raises:
            raise self.raises
        given, self.gives = self.gives, []
        return given


class FakeAdmin:
    """Readers of committed records can read, at each look, up to the next of these offsets."""

    def __init__(self) -> None:
        self.settings: dict[str, Any] = {}
        self.readable = [100]
        self.refusals: list[KafkaException] = []
        self.made = 0

    def list_offsets(self, places: dict[Any, Any], **how: Any) -> dict[Any, Future[Delivered]]:
        """Tell."""
        assert how["isolation_level"].name == "READ_COMMITTED"
        answer: Future[Any] = Future()
        if self.refusals:
            answer.set_exception(self.refusals.pop())
            return dict.fromkeys(places, answer)
        end = self.readable.pop(0) if len(self.readable) > 1 else self.readable[0]
        answer.set_result(type("Found", (), {"offset": end}))
        return dict.fromkeys(places, answer)


class Unreadable(NamedTuple):
    """What a consumer gives in place of a record."""

    why: KafkaError

    def error(self) -> KafkaError:
        """Tell."""
        return self.why


def given(monkeypatch: pytest.MonkeyPatch, name: str, made: Any) -> Any:
    """Let the next log have this client."""

    def make(settings: dict[str, Any]) -> Any:
        made.settings = settings
        made.made += 1
        return made

    monkeypatch.setattr(log, name, make)
    return made


@pytest.fixture(autouse=True)
def producer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the producer that the next log gets."""
    return given(monkeypatch, "Producer", FakeProducer())


@pytest.fixture(autouse=True)
def consumer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give the consumer that the next log gets."""
    return given(monkeypatch, "Consumer", FakeConsumer())


@pytest.fixture(autouse=True)
def admin(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give what the next log asks how far a tray can be read."""
    return given(monkeypatch, "AdminClient", FakeAdmin())


def records(*keys: bytes) -> list[OutRecord]:
    """Return a record under each key."""
    return [OutRecord(TopicName("out.a.b"), 0, key, b"value", []) for key in keys]


def reading() -> LibrdkafkaEventLog:
    """Return a log that reads an in-tray."""
    found = LibrdkafkaEventLog(NOWHERE, "filter-0")
    found.read_from({(TopicName("in.a"), 0): 0})
    return found


def fatal(code: int) -> KafkaException:
    """Return what the client raises, with words that quote a record."""
    return KafkaException(KafkaError(code, "key=b'Ada'"))


def test_a_batch_is_flushed_before_it_is_committed(producer: FakeProducer) -> None:
    """What a record has come to is known only then."""
    LibrdkafkaEventLog(NOWHERE, "filter-0").append(records(b"one", b"other"))

    assert producer.steps == ["begin", "produce", "produce", "flush", "commit"]


def test_a_producer_that_is_full_is_emptied_and_takes_the_rest(producer: FakeProducer) -> None:
    """It holds so many bytes and no more; a turn may be larger."""
    LibrdkafkaEventLog(NOWHERE, "filter-0").append(records(b"a", b"b", b"c", b"d"))

    assert producer.steps == ["begin", *["produce"] * FULL, "flush", "produce", "flush", "commit"]


@pytest.mark.parametrize("lost", [b"one", b"other"])
@pytest.mark.parametrize(
    ("how", "why"), [("refused", "MSG_SIZE_TOO_LARGE"), ("unanswered", "no answer in time")]
)
def test_a_batch_of_which_one_record_was_not_delivered_is_not_committed(
    producer: FakeProducer, lost: bytes, how: str, why: str
) -> None:
    """Its own report tells, or that there is none: flush and commit alone would not."""
    setattr(producer, how, {lost})

    with pytest.raises(EventLogError, match=rf"batch of 2 records \({why}\)"):
        LibrdkafkaEventLog(NOWHERE, "filter-0").append(records(b"one", b"other"))

    assert "commit" not in producer.steps


def test_a_batch_of_which_nobody_knows_where_it_stands_is_not_committed(
    producer: FakeProducer,
) -> None:
    """Nobody could wait until it can be read."""
    producer.stands_nowhere = True

    with pytest.raises(EventLogError, match="did not take a batch of 1 records"):
        LibrdkafkaEventLog(NOWHERE, "filter-0").append(records(b"one"))

    assert "commit" not in producer.steps


@pytest.mark.parametrize("step", ["begin", "produce", "flush", "commit"])
def test_a_step_that_the_broker_refuses_is_an_error_without_a_record_s_words(
    producer: FakeProducer, step: str
) -> None:
    """Such as any of a producer which was taken over."""
    producer.raises[step] = fatal(KafkaError._FENCED)

    with pytest.raises(EventLogError, match="PRODUCER_FENCED") as raised:
        LibrdkafkaEventLog(NOWHERE, "filter-0").append(records(b"one"))

    assert "Ada" not in str(raised.value)


def test_a_refusal_that_python_wraps_is_told_as_it_is(producer: FakeProducer) -> None:
    """The client calls back while it is raising: that is a SystemError, for another's sake."""
    wrapped = SystemError("returned a result with an exception set")
    wrapped.__cause__ = fatal(KafkaError._FENCED)
    producer.raises["flush"] = wrapped

    with pytest.raises(EventLogError, match="PRODUCER_FENCED"):
        LibrdkafkaEventLog(NOWHERE, "filter-0").append(records(b"one"))


def test_a_takeover_that_is_not_answered_is_an_error(producer: FakeProducer) -> None:
    """Else the filter would stand still for ever, and nobody would start it again."""
    producer.raises["init"] = fatal(KafkaError._TIMED_OUT)

    with pytest.raises(KafkaAwayError, match=r"nowhere:9092 did not do it: no answer in time\."):
        LibrdkafkaEventLog(NOWHERE, "filter-0").acquire()


@pytest.mark.parametrize("before", [[0], [1, 1]])
def test_a_batch_counts_only_when_all_of_it_can_be_read(
    producer: FakeProducer, admin: FakeAdmin, before: list[int]
) -> None:
    """The broker answers a commit before it writes the markers that readers wait for."""
    admin.readable = [*before, 2, 3]

    LibrdkafkaEventLog(NOWHERE, "filter-0").append(records(b"one", b"other"))

    assert producer.steps[-1] == "commit"
    assert admin.readable == [3]


def test_a_commit_that_left_the_transaction_open_is_an_error(
    producer: FakeProducer, admin: FakeAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client that only believes it has committed would let a withdrawal count as enforced."""
    monkeypatch.setattr(log, "ANSWER_SECONDS", 0.01)
    admin.readable = [1]

    with pytest.raises(EventLogError, match=r"batch of 2 records \(no answer in time\)"):
        LibrdkafkaEventLog(NOWHERE, "filter-0").append(records(b"one", b"other"))

    assert producer.steps[-1] == "commit"


def test_a_broker_that_does_not_tell_how_far_it_can_be_read_is_asked_anew(
    admin: FakeAdmin,
) -> None:
    """By a new client: one that knows the leader of before its outage is refused for ever."""
    admin.refusals = [fatal(KafkaError.FENCED_LEADER_EPOCH)] * 2

    LibrdkafkaEventLog(NOWHERE, "filter-0").append(records(b"one"))

    assert (admin.refusals, admin.made) == ([], 3)


def test_a_broker_that_never_tells_is_an_error(
    admin: FakeAdmin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its own code: such as when the right to the tray was taken away."""
    monkeypatch.setattr(log, "ANSWER_SECONDS", 0.01)
    admin.refusals = [fatal(KafkaError.TOPIC_AUTHORIZATION_FAILED)] * 9

    with pytest.raises(EventLogError, match=r"records \(TOPIC_AUTHORIZATION_FAILED\)"):
        LibrdkafkaEventLog(NOWHERE, "filter-0").append(records(b"one"))


@pytest.mark.parametrize("is_raised", [True, False])
def test_an_in_tray_that_cannot_be_read_is_an_error_without_a_record_s_words(
    consumer: FakeConsumer, *, is_raised: bool
) -> None:
    """The shard stops, and its successor begins where it was: whichever way the client says it."""
    if is_raised:
        consumer.raises = fatal(KafkaError._AUTO_OFFSET_RESET)
    else:
        consumer.gives = [Unreadable(KafkaError(KafkaError._AUTO_OFFSET_RESET, "key=b'Ada'"))]

    with pytest.raises(EventLogError, match=r"cannot be read \(OFFSET_OUT_OF_RANGE\)") as raised:
        reading().poll(0.1, 10)

    assert "Ada" not in str(raised.value)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, "TOPIC_AUTHORIZATION_FAILED"),
        (KafkaError._TRANSPORT, "no connection"),
        (KafkaError._BAD_MSG, "the client gave it up"),
    ],
)
def test_the_reason_is_kafka_s_own_code_or_words(
    consumer: FakeConsumer, code: int, words: str
) -> None:
    """Whoever reads `_TRANSPORT` has to look it up."""
    consumer.raises = fatal(code)

    with pytest.raises(EventLogError, match=rf"cannot be read \({words}\)"):
        reading().poll(0.1, 10)


def test_what_the_filter_must_never_do_is_set(
    producer: FakeProducer, consumer: FakeConsumer, admin: FakeAdmin
) -> None:
    """Write twice, make a topic, read what was aborted, skip what is gone, or tell of records."""
    reading()

    assert producer.settings["enable.idempotence"] is True
    assert producer.settings["acks"] == "all"
    assert consumer.settings["isolation.level"] == "read_committed"
    assert consumer.settings["auto.offset.reset"] == "error"
    assert consumer.settings["enable.auto.commit"] is False
    for client in producer, consumer, admin:
        assert client.settings["allow.auto.create.topics"] is False
        assert client.settings["log_level"] == 0
        assert client.settings["logger"].propagate is False
        assert "debug" not in client.settings


def test_who_only_writes_has_no_consumer(consumer: FakeConsumer) -> None:
    """Whoever takes dead letters away has no right to a group, and needs none."""
    LibrdkafkaEventLog(NOWHERE, "dead-letters").append(records(b"one"))

    assert consumer.settings == {}
