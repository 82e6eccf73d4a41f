"""Records as the filter writes them to out-trays, and topics to write them to."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic

from schemas.categories import Category
from schemas.codec import encode_fields
from schemas.events import Event, event_type
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection
from schemas.registry import latest_schema
from schemas.trays import TrayRecord, out_key, partition_of
from tests.support.bus_settings import PARTITIONS

TOPIC = TopicName("out.somebody.something")


def out_value(event: Event, closed: Iterable[Category] = (), **changes: Any) -> bytes:
    """Return an event's value in an out-tray, with these categories closed."""
    fields = event.model_dump() | {"revision": 0, "recorded_at": datetime(1970, 1, 1, tzinfo=UTC)}
    fields |= {category.value: None for category in closed} | changes
    return encode_fields(latest_schema(event_type(event)), fields)


def out_record(
    event: Event, closed: Iterable[Category] = (), *, offset: int = 0, **changes: Any
) -> TrayRecord:
    """Return an event's record in an out-tray."""
    key = out_key(
        changes.get("participant_id", event.participant_id),
        changes.get("event_id", event.event_id),
    )
    partition = partition_of(event.participant_id, PARTITIONS)
    return TrayRecord(TOPIC, partition, offset, key, out_value(event, closed, **changes), ())


def retracted(event: Event, *, offset: int = 0) -> TrayRecord:
    """Return the tombstone of an event's record."""
    return out_record(event, offset=offset)._replace(value=None)


def make_topic(kafka: KafkaConnection, topic: TopicName, **settings: str) -> None:
    """Make a compacted topic."""
    with KafkaAdminClient(**kafka.for_client()) as admin:
        admin.create_topics(
            [
                NewTopic(
                    topic,
                    PARTITIONS,
                    1,
                    topic_configs={"cleanup.policy": "compact"}
                    | {name.replace("_", "."): value for name, value in settings.items()},
                )
            ],
            wait_for_metadata=True,
        )


def delete_topic(kafka: KafkaConnection, topic: TopicName) -> None:
    """Delete a topic."""
    with KafkaAdminClient(**kafka.for_client()) as admin:
        admin.delete_topics([topic])


def write(
    kafka: KafkaConnection,
    topic: TopicName,
    records: Iterable[TrayRecord],
    *,
    is_aborted: bool = False,
) -> None:
    """Write records in one transaction, and commit or abort it."""
    producer = KafkaProducer(
        **kafka.for_client(), transactional_id=f"writer-{topic}", retry_backoff_ms=10
    )
    try:
        producer.init_transactions()
        producer.begin_transaction()
        for one in records:
            producer.send(topic, one.value, one.key, list(one.headers), one.partition)
        producer.flush(30)
        if is_aborted:
            producer.abort_transaction()
        else:
            producer.commit_transaction()
    finally:
        producer.close(timeout=5)
