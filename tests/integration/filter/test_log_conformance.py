"""What every log must do for a shard: said once, run on Kafka and on the one in memory."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from kafka import KafkaProducer
from typing_extensions import override

from consent_ledger.filter import kafka_event_log, record_batches
from consent_ledger.filter.event_log import EventLog, EventLogError
from consent_ledger.filter.kafka_logs import open_kafka_log
from consent_ledger.filter.records import InRecord, OutRecord
from consent_ledger.filter.watched_log import WatchedLog
from consumers.tray_reader import read_tray
from deploy.broker.topics import create_topics
from schemas.identifiers import AgreementId, ProviderId, TopicName
from schemas.kafka_connection import KafkaClient, KafkaConnection
from schemas.trays import in_tray, out_tray
from tests.support.fakes import FencedInMemoryError, ManualClock, MemoryBroker, MemoryEventLog

FENCED = (EventLogError, FencedInMemoryError)
WAYS = {
    "kafka-python": KafkaClient.KAFKA_PYTHON,
    "kafka-python, watched": KafkaClient.KAFKA_PYTHON,
    "kafka-python, record by record": KafkaClient.KAFKA_PYTHON,
    "librdkafka": KafkaClient.LIBRDKAFKA,
    "librdkafka, watched": KafkaClient.LIBRDKAFKA,
}
"""How a log is on Kafka: by which client, how it is polled, and how it is given the records."""


@dataclass
class Ground:
    """A log's surroundings: make logs, publish as a provider does, read a topic."""

    new_log: Callable[[], EventLog]
    publish: Callable[[TopicName, int, bytes, bytes], None]
    read: Callable[[str], list[tuple[bytes, bytes | None]]]
    in_topic: TopicName
    out_topic: TopicName


def client_of(way: str, monkeypatch: pytest.MonkeyPatch) -> KafkaClient:
    """Return the client of one of the ways, and see to it that records are given in that way."""
    if way.endswith("record by record"):  # as with a kafka-python whose inside is another
        monkeypatch.setattr(record_batches, "reaches", lambda _: False)
        monkeypatch.setattr(kafka_event_log, "take_tray_records", lambda *_, **__: False)
    return WAYS[way]


class AlwaysWatched(WatchedLog):
    """A log that is never polled but what a look in the background has found."""

    @override
    def poll(self, timeout_seconds: float, max_records: int) -> Sequence[InRecord]:
        self.watch(max_records)
        return super().poll(timeout_seconds, max_records)


@pytest.fixture(params=["memory", "memory, watched", *WAYS])
def ground(
    request: pytest.FixtureRequest, unique: ProviderId, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Ground]:
    """Give the surroundings of one kind of log, with topics of the test's own."""
    topics = in_tray(unique), out_tray(AgreementId(f"{unique}.purpose"))
    is_watched = "watched" in request.param
    logs: list[EventLog] = []

    def kept(log: EventLog) -> EventLog:
        logs.append(AlwaysWatched(log) if is_watched else log)
        return logs[-1]

    if request.param.startswith("memory"):
        broker = MemoryBroker(ManualClock())
        yield Ground(
            lambda: kept(MemoryEventLog(broker, unique)),
            broker.append,
            lambda topic: [(one.key, one.value) for one in broker.read(TopicName(topic))],
            *topics,
        )
        for log in logs:
            log.close()
        return
    client = client_of(request.param, monkeypatch)
    kafka: KafkaConnection = request.getfixturevalue("kafka")
    create_topics(
        kafka,
        [unique],
        [AgreementId(f"{unique}.purpose")],
        partitions=2,
        replication=1,
        segment_ms=3_600_000,
    )
    producer = KafkaProducer(**kafka.for_client())

    def publish(topic: TopicName, partition: int, key: bytes, value: bytes) -> None:
        producer.send(topic, value, key, partition=partition).get(10)

    yield Ground(
        lambda: kept(open_kafka_log(client, kafka, f"test-{unique}")),
        publish,
        lambda topic: [(one.key, one.value) for one in read_tray(kafka, TopicName(topic))],
        *topics,
    )
    for log in logs:
        log.close()
    producer.close()


def test_records_come_in_order_from_the_position_on(ground: Ground) -> None:
    """From the beginning where there is no position, and from the very one that is given."""
    for number in range(5):
        ground.publish(ground.in_topic, 0, b"key", b"value %d" % number)
    log = ground.new_log()
    log.acquire()
    log.read_from({(TopicName(ground.in_topic), 0): None, (TopicName(ground.in_topic), 1): None})
    everything = poll(log, 5)
    log.read_from({(TopicName(ground.in_topic), 0): 3})
    rest = poll(log, 2)

    assert [one.offset for one in everything] == [0, 1, 2, 3, 4]
    assert [one.value for one in rest] == [b"value 3", b"value 4"]
    assert list(log.poll(0.05, 10)) == []


def test_a_poll_gives_no_more_than_it_is_asked_for_and_skips_nothing(ground: Ground) -> None:
    """What was not given comes with the next one."""
    for number in range(10):
        ground.publish(ground.in_topic, number % 2, b"key", b"%d" % number)
    log = ground.new_log()
    log.acquire()
    log.read_from({(TopicName(ground.in_topic), 0): None, (TopicName(ground.in_topic), 1): None})
    seen: list[InRecord] = []
    while len(seen) < 10:
        records = log.poll(5.0, 3)
        assert len(records) <= 3
        seen += records

    assert sorted(one.value or b"" for one in seen) == [b"%d" % number for number in range(10)]


def test_what_was_appended_is_readable_with_keys_values_and_tombstones(ground: Ground) -> None:
    """When `append` returns, a reader of committed records sees all of it, in order."""
    log = ground.new_log()
    log.acquire()
    log.append(
        [
            OutRecord(TopicName(ground.out_topic), 1, b"a", b"one", [("agreement", b"x")]),
            OutRecord(TopicName(ground.out_topic), 1, b"a", None, []),
            OutRecord(TopicName(ground.out_topic), 1, b"b", b"two", []),
        ]
    )
    log.append([])

    assert ground.read(ground.out_topic) == [(b"a", b"one"), (b"a", None), (b"b", b"two")]


def test_more_than_a_batch_holds_is_all_there_and_in_order(ground: Ground) -> None:
    """Each partition's records go in as many batches as they need."""
    wanted = [(b"%d" % number, bytes(1_000)) for number in range(600)]
    log = ground.new_log()
    log.acquire()
    log.append([OutRecord(TopicName(ground.out_topic), 1, *record, []) for record in wanted])

    assert ground.read(ground.out_topic) == wanted


def test_who_was_taken_over_appends_nothing(ground: Ground) -> None:
    """The predecessor is refused, and nothing of what it tried is ever read."""
    predecessor = ground.new_log()
    predecessor.acquire()
    predecessor.append([OutRecord(TopicName(ground.out_topic), 0, b"a", b"before", [])])
    successor = ground.new_log()
    successor.acquire()

    with pytest.raises(FENCED):
        predecessor.append([OutRecord(TopicName(ground.out_topic), 0, b"a", b"too late", [])])
    successor.append([OutRecord(TopicName(ground.out_topic), 0, b"a", b"after", [])])

    assert ground.read(ground.out_topic) == [(b"a", b"before"), (b"a", b"after")]


def test_the_high_watermark_is_behind_the_last_record(ground: Ground) -> None:
    """The lag is counted from it: what was not taken yet is in it, too."""
    log = ground.new_log()
    log.acquire()
    log.read_from({(TopicName(ground.in_topic), 0): None})
    for number in range(3):
        ground.publish(ground.in_topic, 0, b"key", b"%d" % number)

    (first,) = log.poll(5.0, 1)

    assert first.offset == 0
    assert dict(log.high_watermarks()) == {(ground.in_topic, 0): 3}


def test_the_high_watermark_follows_while_nothing_is_read(ground: Ground) -> None:
    """A log that polls hears of what was published behind what it took."""
    log = ground.new_log()
    log.acquire()
    log.read_from({(TopicName(ground.in_topic), 0): None, (TopicName(ground.in_topic), 1): None})
    ground.publish(ground.in_topic, 0, b"key", b"first")
    poll(log, 1)
    ground.publish(ground.in_topic, 0, b"key", b"second")
    poll(log, 1)

    assert log.high_watermarks()[TopicName(ground.in_topic), 0] == 2


def poll(log: EventLog, count: int) -> Sequence[InRecord]:
    """Poll until so many records have come."""
    found: list[InRecord] = []
    while len(found) < count:
        more = log.poll(5.0, 100)
        assert more, "no more records came"
        found += more
    return found


def test_whole_batches_are_what_this_client_is_given(kafka: KafkaConnection) -> None:
    """A version whose inside has other names would still work, and cost twice as much."""
    producer = KafkaProducer(transactional_id="test-inside", **kafka.for_client())

    assert record_batches.reaches(producer)
    producer.close()


@pytest.mark.parametrize("way", [way for way in WAYS if "watched" not in way])
def test_a_batch_that_kafka_refuses_in_part_is_an_error_and_none_of_it_is_read(
    kafka: KafkaConnection, unique: str, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """A commit alone would not tell: each send's own answer is looked at before."""
    client = client_of(way, monkeypatch)
    topic = f"out.{unique}.purpose"
    create_topics(
        kafka,
        [],
        [AgreementId(f"{unique}.purpose")],
        partitions=1,
        replication=1,
        segment_ms=3_600_000,
    )
    log = open_kafka_log(client, kafka, f"test-{unique}")
    log.acquire()
    too_large = bytes(2 * 1024 * 1024)

    with pytest.raises(EventLogError):
        log.append(
            [
                OutRecord(TopicName(topic), 0, b"a", b"fits", []),
                OutRecord(TopicName(topic), 0, b"b", too_large, []),
            ]
        )
    successor = open_kafka_log(client, kafka, f"test-{unique}")
    successor.acquire()

    assert list(read_tray(kafka, TopicName(topic))) == []
    successor.close()
