"""The way into the in-trays for a server: one connection, which many requests use at once."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from producers.publisher import Publisher, connect, let_go
from schemas.errors import KafkaAwayError
from schemas.kafka_connection import KafkaConnection

AWAY_SECONDS: Final = 1.0
"""How long a Kafka that was away counts as away: connecting to none takes 10 seconds."""


class SharedInTrays:
    """Connects when the first request publishes, and anew after a record was refused.

    `kafka` says how, each time: passwords are changed while a server runs.
    """

    def __init__(self, kafka: Callable[[], KafkaConnection]) -> None:
        self._kafka = kafka
        self._lock = threading.Lock()
        self._producer: Any = None
        self._users: dict[int, int] = {}
        self._away: tuple[float, KafkaAwayError] | None = None

    @contextmanager
    def publisher(self) -> Iterator[Publisher]:
        """Yield a publisher that accounts for one request's events. Raises KafkaAwayError."""
        producer = self._join()
        publisher = Publisher(producer)
        try:
            yield publisher
        finally:
            self._leave(producer, has_failed=publisher.has_failed)

    def close(self) -> None:
        """Close the connection; whoever uses it still is the last to."""
        with self._lock:
            producer, self._producer = self._producer, None
            is_used = id(producer) in self._users
        if producer is not None and not is_used:
            let_go(producer)

    def _join(self) -> Any:
        with self._lock:
            if self._producer is None:
                self._producer = self._connect()
            self._users[id(self._producer)] = self._users.get(id(self._producer), 0) + 1
            return self._producer

    def _leave(self, producer: Any, *, has_failed: bool) -> None:
        with self._lock:
            if has_failed and producer is self._producer:
                self._producer = None
            self._users[id(producer)] -= 1
            if self._users[id(producer)]:
                return
            del self._users[id(producer)]
            if producer is self._producer:
                return
        let_go(producer)

    def _connect(self) -> Any:
        if self._away is not None and time.monotonic() < self._away[0]:
            raise self._away[1]
        try:
            return connect(self._kafka())
        except KafkaAwayError as error:
            self._away = time.monotonic() + AWAY_SECONDS, error
            raise
