"""Readers of trays that stay open between two pages: to connect takes longer than to read."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from consumers.tray_reader import TrayReader
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection

IDLE_SECONDS: Final = 20.0
"""After so long unused a reader is closed: Kafka has connections log in again."""
MOST_IDLE: Final = 8


class OpenReaders:
    """Gives out readers, each to one at a time; `close` ends those that nobody has."""

    def __init__(self, kafka: KafkaConnection) -> None:
        self._kafka = kafka
        self._lock = threading.Lock()
        self._idle: list[tuple[float, TrayReader]] = []
        """With the moment since when, the oldest first."""

    @contextmanager
    def reader_of(self, topic: TopicName) -> Iterator[TrayReader]:
        """Give a reader of a tray. Raises as `TrayReader` does; what fails is closed."""
        reader = self._taken(topic) or TrayReader(self._kafka, topic)
        try:
            yield reader
        except BaseException:
            reader.close()
            raise
        with self._lock:
            self._idle.append((time.monotonic(), reader))
        self._close_old(MOST_IDLE)

    def close(self) -> None:
        """Close what nobody has."""
        self._close_old(0)

    def _taken(self, topic: TopicName) -> TrayReader | None:
        self._close_old(MOST_IDLE)
        with self._lock:
            for place, (_, reader) in reversed([*enumerate(self._idle)]):
                if reader.topic == topic:
                    del self._idle[place]
                    return reader
        return None

    def _close_old(self, most: int) -> None:
        oldest = time.monotonic() - IDLE_SECONDS
        with self._lock:
            behind = len(self._idle) - most
            old = [
                reader
                for place, (since, reader) in enumerate(self._idle)
                if place < behind or since < oldest
            ]
            self._idle = [one for one in self._idle if one[1] not in old]
        for reader in old:
            reader.close()
