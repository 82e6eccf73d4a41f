import pytest
from kafka.admin import KafkaAdminClient, NewTopic

from consumers.tray_reader import read_tray
from deploy.one_machine.embedded.ports import free_ports
from producers import publisher as publishing
from producers.publisher import Published, Publisher, PublishError, connect
from schemas.codec import to_event
from schemas.errors import KafkaAwayError
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection
from schemas.trays import partition_of
from tests.support.bus_settings import PARTITIONS
from tests.support.factories import make_referral


def test_every_event_stands_in_its_in_tray_where_its_participant_belongs(
    kafka: KafkaConnection, unique: str
) -> None:
    """The default partitioner of the client and the bus's own rule agree."""
    topic, provider = f"in.{unique}", unique
    with KafkaAdminClient(**kafka.for_client()) as admin:
        admin.create_topics([NewTopic(topic, PARTITIONS, 1)], wait_for_metadata=True)
    events = [make_referral(provider_id=provider) for _ in range(40)]
    producer = connect(kafka)
    try:
        publisher = Publisher(producer)
        for event in events:
            publisher.publish(event)

        assert publisher.flush(30) == Published(40)
    finally:
        producer.close(timeout=5)

    records = list(read_tray(kafka, TopicName(topic)))

    found = {record.key: record for record in records}
    assert {to_event(record.value or b"").event_id for record in records} == {
        event.event_id for event in events
    }
    for event in events:
        key = event.participant_id.encode()
        assert found[key].partition == partition_of(event.participant_id, PARTITIONS)


def test_an_in_tray_that_is_not_there_is_named(
    kafka: KafkaConnection, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bus makes its trays: a typing error in a provider's id is told within the time set."""
    monkeypatch.setattr(publishing, "MAX_BLOCK_MS", 500)
    producer = connect(kafka)
    try:
        with pytest.raises(PublishError, match=f"in.{unique}"):
            Publisher(producer).publish(make_referral(provider_id=unique))
    finally:
        producer.close(timeout=5)


def test_a_broker_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which address gave no answer, and what else could look like it."""
    monkeypatch.setattr(publishing, "BOOTSTRAP_MS", 500)
    (port,) = free_ports(1)

    with pytest.raises(KafkaAwayError, match=rf"at 127\.0\.0\.1:{port}") as raised:
        connect(KafkaConnection(f"127.0.0.1:{port}"))

    assert "password" in raised.value.hint
