"""The straightforward program: kafka-python and fastavro, each event decoded and encoded again.

It does the projection and nothing else: one mask is everybody's consent, nothing is recorded or
retracted, and what it had sent when it was killed is sent twice. Its values are the filter's.
"""

import io
import time
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

import fastavro
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from schemas.categories import BLOCKS, Category
from schemas.framing import HEADER_BYTES, frame, schema_id_of
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection
from schemas.registry import schema_by_id

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def projected(value: bytes, opened: Collection[Category]) -> bytes:
    """Return an event with these blocks, and what its envelope may tell."""
    schema = schema_by_id(schema_id_of(value)).parsed
    fields = fastavro.schemaless_reader(io.BytesIO(value[HEADER_BYTES:]), schema, schema)
    assert isinstance(fields, dict)
    closed = dict.fromkeys(set(BLOCKS) - set(opened))
    body = io.BytesIO()
    fastavro.schemaless_writer(
        body, schema, fields | closed | {"revision": 0, "recorded_at": _NEVER}
    )
    return frame(schema_id_of(value), body.getvalue())


def project(
    kafka: KafkaConnection,
    source: TopicName,
    target: TopicName,
    *,
    partitions: int,
    count: int,
    recipients: int,
    opened: Collection[Category],
) -> float:
    """Project so many events, from the source's start, for each recipient; return them a second."""
    consumer = KafkaConsumer(**kafka.for_client(), group_id=None)
    consumer.assign([TopicPartition(source, partition) for partition in range(partitions)])
    consumer.seek_to_beginning()
    producer = KafkaProducer(**kafka.for_client(), linger_ms=5, batch_size=256 * 1024, acks="all")
    begin, left = time.perf_counter(), count
    while left > 0:
        for records in consumer.poll(1000, max_records=2000).values():
            left -= len(records)
            for record in records:
                for _ in range(recipients):
                    shown = projected(record.value, opened)
                    producer.send(target, shown, record.key, partition=record.partition)
    producer.flush()
    took = time.perf_counter() - begin
    consumer.close()
    producer.close()
    return (count - left) / took
