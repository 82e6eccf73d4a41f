"""A tray as it stands: the last record of each key, without those that were retracted."""

from collections.abc import Iterator

from consumers.tray_reader import read_tray
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection
from schemas.trays import TrayRecord


def current_records(kafka: KafkaConnection, topic: TopicName) -> Iterator[TrayRecord]:
    """Yield the records that stand in a tray when this begins, in order by partition.

    The tray is read twice, so that no more than its keys are in memory. What is retracted meanwhile
    may be among them: a table, unlike the pages, tells of no retraction. Raises as `read_tray`.
    """
    last: dict[bytes, int] = {}
    for record in read_tray(kafka, topic):
        if record.value is None:
            last.pop(record.key, None)
        else:
            last[record.key] = record.offset
    if not last:
        return
    for record in read_tray(kafka, topic):
        if last.get(record.key) == record.offset and record.value is not None:
            yield record
