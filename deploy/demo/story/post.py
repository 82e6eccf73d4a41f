"""The way into the in-trays, with a count of what went through it."""

from collections import Counter
from typing import Final

from typing_extensions import override

from producers.hub import EventPublisher
from schemas.events import Event, Outcome, event_type

WORK: Final = "EMP"
"""The category of an outcome that is paid work."""


class Post(EventPublisher):
    """Publishes for every provider of the story."""

    def __init__(self, in_trays: EventPublisher) -> None:
        self._in_trays = in_trays
        self.sent: Counter[tuple[str, str]] = Counter()
        """Events by provider and type."""
        self.work: Counter[tuple[str, str]] = Counter()
        """Outcomes that are paid work, by provider and code."""

    @property
    def total(self) -> int:
        """How many events were sent in all."""
        return self.sent.total()

    @override
    def publish(self, event: Event) -> None:
        self._in_trays.publish(event)
        self.sent[event.provider_id, event_type(event)] += 1
        if isinstance(event, Outcome) and event.progress and event.progress.category == WORK:
            self.work[event.provider_id, event.progress.code or ""] += 1

    @override
    def flush(self) -> None:
        self._in_trays.flush()
