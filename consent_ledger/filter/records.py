"""The records that the filter reads and writes."""

from dataclasses import dataclass
from typing import NamedTuple

from schemas.identifiers import TopicName

Header = tuple[str, bytes]


class InRecord(NamedTuple):
    """A record of an in-tray."""

    topic: TopicName
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass(init=False)
class OutRecord:
    """A record for an out-tray or a dead-letter topic. No value is a tombstone.

    `timestamp_ms` is what Kafka is to say of its time; None is the moment at which it is sent.
    """

    topic: TopicName
    partition: int
    key: bytes
    value: bytes | None
    headers: list[Header]
    timestamp_ms: int | None

    def __init__(
        self,
        topic: TopicName,
        partition: int,
        key: bytes,
        value: bytes | None,
        headers: list[Header],
        *,
        timestamp_ms: int | None = None,
    ) -> None:
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
        self.timestamp_ms = timestamp_ms
