"""Whatever a provider's client writes beside its events, the filter reads on."""

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer
from kafka import KafkaProducer
from typing_extensions import override

from consent_ledger.filter.event_log import EventLog
from consent_ledger.filter.kafka_logs import open_kafka_log
from deploy.broker.topics import create_topics
from schemas.identifiers import ProviderId, TopicName
from schemas.kafka_connection import KafkaClient, KafkaConnection
from schemas.trays import in_tray
from tests.support.kafka_settings import for_librdkafka


class NoText(str):
    """A header's name whose bytes are not UTF-8. The broker takes it."""

    __slots__ = ()

    @override
    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe"


@pytest.fixture(params=KafkaClient)
def log(
    request: pytest.FixtureRequest, kafka: KafkaConnection, unique: ProviderId
) -> Iterator[EventLog]:
    """Give a log of each client."""
    opened = open_kafka_log(request.param, kafka, f"test-{unique}")
    yield opened
    opened.close()


def test_a_record_whose_header_is_no_text_is_read(
    log: EventLog, kafka: KafkaConnection, unique: ProviderId
) -> None:
    """Were it not, one record of one provider would stop the shard, and each start of it."""
    topic = _made(kafka, unique)
    producer = KafkaProducer(**kafka.for_client())
    producer.send(topic, b"value", b"key", [(NoText("x"), b"\xff")]).get(10)
    producer.send(topic, b"next", b"key").get(10)
    producer.close()

    assert _read(log, topic, 2) == [b"value", b"next"]


def test_records_that_a_client_compressed_are_read(
    log: EventLog, kafka: KafkaConnection, unique: ProviderId
) -> None:
    """The broker unpacks them: kafka-python has not every codec that a provider's client has."""
    topic = _made(kafka, unique)
    producer = Producer(for_librdkafka(kafka) | {"compression.type": "lz4"})
    for value in (b"a" * 1_000, b"b" * 1_000):
        producer.produce(topic, value, b"key")
    producer.flush(10)

    assert _read(log, topic, 2) == [b"a" * 1_000, b"b" * 1_000]


def _made(kafka: KafkaConnection, provider_id: ProviderId) -> TopicName:
    create_topics(kafka, [provider_id], [], partitions=1, replication=1, segment_ms=3_600_000)
    return in_tray(provider_id)


def _read(log: EventLog, topic: TopicName, count: int) -> list[bytes | None]:
    log.acquire()
    log.read_from({(topic, 0): None})
    values: list[bytes | None] = []
    for _ in range(20):
        values += [record.value for record in log.poll(1.0, 10)]
        if len(values) >= count:
            break
    return values
