"""Publishes what happens to one participant, step by step, and times how soon others have it."""

import time
from datetime import date
from typing import Any, Final

from deploy.demo.people.recorder import AnyEvent, Recorder
from deploy.demo.story.mirror import Mirror
from deploy.demo.story.stage import Stage
from schemas.events import Event
from schemas.identifiers import PassportNumber, ProviderId
from schemas.trays import TrayRecord, out_key

ARRIVES_SECONDS: Final = 30.0
"""Far above what is seen: 10 to 200 milliseconds."""


class ParticipantPublisher:
    """Publishes for one participant, as the case systems of several providers would."""

    def __init__(self, stage: Stage, person: int, passport: PassportNumber) -> None:
        self._stage = stage
        self._passport = passport
        self._recorder = Recorder(stage.options.seed, person, passport)
        self._published_at = 0.0

    def publish(
        self, kind: type[AnyEvent], provider_id: ProviderId, on: date, **fields: Any
    ) -> Event:
        """Publish an event and return it, once Kafka has acknowledged it."""
        self._recorder.record(kind, provider_id, on, **fields)
        event = self._recorder.events[-1]
        self._stage.post.publish(event)
        self._stage.post.flush()
        self._published_at = time.perf_counter()
        return event

    def arrived(self, mirror: Mirror, event: Event) -> tuple[TrayRecord, int]:
        """Wait for the record of the event published last; return it, and its milliseconds.

        Raises TrayError when it does not come.
        """
        record = mirror.wait_for(out_key(self._passport, event.event_id), ARRIVES_SECONDS)
        return record, round((time.perf_counter() - self._published_at) * 1000)
