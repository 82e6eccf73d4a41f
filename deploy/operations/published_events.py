"""What became of published events: whether the filter has looked at each, and what it decided."""

import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from consent_ledger.filter.intake import Reason
from consent_ledger.filter.progress import positions_of
from consent_ledger.journal.journal import known_events
from deploy.hub import Hub
from deploy.operations.dead_letters import letters_in
from producers.publisher import Sent
from schemas.identifiers import EventId, PassportNumber, TopicName
from schemas.trays import dead_letters, provider_of

_LOOK_SECONDS: Final = 0.05


class Status(StrEnum):
    """What has become of an event so far."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PENDING = "not-looked-at-yet"


class EventStatus(NamedTuple):
    """An event's status; with REFUSED a reason, and a detail that holds no value."""

    status: Status
    reason: str = ""
    detail: str = ""


class SentEvent(NamedTuple):
    """An event that was sent: how the journal identifies it, and its record's future."""

    participant_id: PassportNumber
    event_id: EventId
    revision: int
    sent: Sent


Partition = tuple[TopicName, int]
Positions = Mapping[Partition, int | None]


def wait_for_statuses(
    hub: Hub,
    events: Sequence[SentEvent],
    patience_seconds: float,
    on_progress: Callable[[int, int], None],
) -> list[EventStatus]:
    """Wait until the filter has looked at acknowledged events; return what became of each.

    It ends when the filter has taken in nothing for `patience_seconds`; `on_progress` is called
    with how many records the filter has taken in, and how many it is waited for. TrayError where
    the dead letters cannot be read.
    """
    records = [event.sent.get(0) for event in events]
    positions = _wait(hub, records, patience_seconds, on_progress)
    with hub.engine.connect() as connection:
        known = known_events(connection, {event[:2] for event in events})
    topics = {dead_letters(provider_of(record.topic)) for record in records}
    letters = {letter.origin: letter for letter in letters_in(hub, sorted(topics))}

    def status(event: SentEvent, record: Any) -> EventStatus:
        if (positions[record.topic, record.partition] or 0) <= record.offset:
            return EventStatus(Status.PENDING)
        letter = letters.get(f"{record.topic}/{record.partition}/{record.offset}")
        # before the journal: it may hold the revision with another content
        if letter is not None:
            return EventStatus(Status.REFUSED, letter.reason, letter.detail)
        history = known.get((event.participant_id, event.event_id))
        if history is not None and event.revision in history.digests:
            return EventStatus(Status.ACCEPTED)
        # what names an erased person is refused without a letter
        return EventStatus(Status.REFUSED, Reason.ERASED_PARTICIPANT)

    return list(map(status, events, records))


def _wait(
    hub: Hub,
    records: Sequence[Any],
    patience_seconds: float,
    on_progress: Callable[[int, int], None],
) -> Positions:
    """Return the filter's positions once they are past these records, or no longer change."""
    ends: dict[Partition, int] = {}
    for record in records:
        place = record.topic, record.partition
        ends[place] = max(ends.get(place, 0), record.offset + 1)
    topics = sorted({topic for topic, _ in ends})
    total, left, until = None, None, 0.0
    while True:
        with hub.engine.connect() as connection:
            positions = positions_of(connection, topics, range(hub.settings.partitions))
        now_left = sum(max(0, end - (positions[place] or 0)) for place, end in ends.items())
        total = now_left if total is None else total
        if now_left != left:
            left, until = now_left, time.monotonic() + patience_seconds
            on_progress(total - left, total)
        if not left or time.monotonic() >= until:
            return positions
        time.sleep(_LOOK_SECONDS)
