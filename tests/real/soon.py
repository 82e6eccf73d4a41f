"""A broker whose cleaner comes round at once, and trays whose deletions are kept for 2 s."""

import threading
import time
from collections.abc import Callable

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from consent_ledger.filter.shard import Shard
from schemas.codec import encode
from schemas.events import Event
from schemas.identifiers import ProviderId
from schemas.kafka_connection import KafkaConnection
from schemas.trays import in_tray, partition_of
from tests.support.bus_settings import PARTITIONS

SEGMENT_MS = 5000
"""Long enough that a transaction on a busy machine does not close the segment it writes to."""
COMPACTED_SOON = {"max.compaction.lag.ms": "6000", "delete.retention.ms": "2000"}
SOON = {
    "log.cleaner.backoff.ms": "200",
    "log.retention.check.interval.ms": "500",
    "log.segment.delete.delay.ms": "1000",
}
PATIENCE = 60.0


def publish(kafka: KafkaConnection, events: list[Event]) -> None:
    """Put events into their providers' in-trays."""
    producer = KafkaProducer(**kafka.for_client())
    for event in events:
        number = event.participant_id
        partition = partition_of(number, PARTITIONS)
        producer.send(in_tray(event.provider_id), encode(event), number.encode(), None, partition)
    producer.flush(30)
    producer.close(timeout=5)


def broken(kafka: KafkaConnection, provider_id: ProviderId, value: bytes) -> None:
    """Put bytes that are no event into a provider's in-tray."""
    producer = KafkaProducer(**kafka.for_client())
    producer.send(in_tray(provider_id), value, b"nobody", None, 0).get(30)
    producer.close(timeout=5)


def turn_until(shard: Shard, stop: threading.Event) -> None:
    """Run turns until told to stop."""
    while not stop.is_set():
        shard.turn(0.05)


def wait_for(holds: Callable[[], bool], then: Callable[[], object]) -> None:
    """Wait until something holds, doing something each second."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until, "it did not come"
        time.sleep(SEGMENT_MS / 1000)
        then()


def keep_no_longer_than(kafka: KafkaConnection, topics: dict[str, dict[str, str]]) -> None:
    """Change the settings of topics."""
    with KafkaAdminClient(**kafka.for_client()) as admin:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, *one) for one in topics.items()]
        )
