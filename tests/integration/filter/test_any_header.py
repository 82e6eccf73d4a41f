"""A provider may write any bytes as a header: the filter looks at none, and reads on."""

from collections.abc import Iterator

import pytest
from kafka import KafkaProducer
from typing_extensions import override

from consent_ledger.filter.event_log import EventLog
from consent_ledger.filter.kafka_logs import open_kafka_log
from deploy.broker.topics import create_topics
from schemas.identifiers import ProviderId
from schemas.kafka_connection import KafkaClient, KafkaConnection
from schemas.trays import in_tray


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
    topic = in_tray(unique)
    create_topics(kafka, [unique], [], partitions=1, replication=1, segment_ms=3_600_000)
    producer = KafkaProducer(**kafka.for_client())
    producer.send(topic, b"value", b"key", [(NoText("x"), b"\xff")]).get(10)
    producer.send(topic, b"next", b"key").get(10)
    producer.close()
    log.acquire()
    log.read_from({(topic, 0): None})

    values = [record.value for _ in range(10) for record in log.poll(1.0, 10)]

    assert values == [b"value", b"next"]
