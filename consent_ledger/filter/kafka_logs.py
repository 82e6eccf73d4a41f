"""The filter's log on Kafka, by the client that is set."""

from importlib.util import find_spec

from consent_ledger.filter.event_log import EventLog
from consent_ledger.filter.kafka_event_log import KafkaEventLog
from schemas.errors import BusError
from schemas.kafka_connection import KafkaClient, KafkaConnection


class ClientMissingError(BusError):
    """The client that is set is not installed."""


def open_kafka_log(client: KafkaClient, kafka: KafkaConnection, transactional_id: str) -> EventLog:
    """Open the log of whoever writes by a transactional id.

    Raises KafkaAwayError; KafkaConnectionError when it cannot be reached as it is set, or not by
    this client; ClientMissingError.
    """
    if client is KafkaClient.KAFKA_PYTHON:
        return KafkaEventLog(kafka, transactional_id)
    if find_spec("confluent_kafka") is None:
        raise ClientMissingError(
            f"NWD_KAFKA_CLIENT asks for {client}, which is not installed.",
            'pip install "no-wrong-door[fast]" installs it. Unset, the filter uses'
            f" {KafkaClient.KAFKA_PYTHON}, which is always there.",
        )
    from consent_ledger.filter.librdkafka_event_log import (  # noqa: PLC0415 - of an extra
        LibrdkafkaEventLog,
    )

    return LibrdkafkaEventLog(kafka, transactional_id)
