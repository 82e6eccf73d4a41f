"""What stands for Kafka behind a door: it keeps the events that were flushed."""

from typing_extensions import override

from producers.hub import EventPublisher
from schemas.errors import BusError
from schemas.events import Event


class KeptEvents(EventPublisher):
    """Keeps what is published once it is flushed; Kafka may be away."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.is_away = False
        self._waiting: list[Event] = []

    @override
    def publish(self, event: Event) -> None:
        self._waiting.append(event)

    @override
    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self.is_away:
            raise BusError("Kafka is away.")
        self.events += waiting
