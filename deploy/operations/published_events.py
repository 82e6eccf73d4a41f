"""What became of published events: whether the filter has looked at each, and what it decided."""

import time
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from consent_ledger.filter.dead_letters import DeadLetter
from consent_ledger.filter.intake import Reason
from consent_ledger.filter.progress import positions_of
from consent_ledger.journal.journal import known_events
from deploy.hub import Hub
from deploy.operations.dead_letters import letters_in
from producers.publisher import Sent
from schemas.identifiers import EventId, PassportNumber, TopicName
from schemas.trays import dead_letters, provider_of

LOOK_SECONDS: Final = 0.05


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
    """An event that was sent, by the names that the journal has of it."""

    participant_id: PassportNumber
    event_id: EventId
    revision: int
    sent: Sent


class _Place(NamedTuple):
    topic: TopicName
    partition: int
    offset: int


Positions = Mapping[tuple[TopicName, int], int | None]


def wait_for_statuses(
    hub: Hub,
    events: Sequence[SentEvent],
    patience_seconds: float,
    tell: Callable[[int, int], None] = lambda _done, _total: None,
) -> list[EventStatus]:
    """Wait until the filter has looked at acknowledged events; return what became of each.

    It ends when the filter has taken in nothing for `patience_seconds`; `tell` hears how many
    records the filter has taken of how many that it was waited for.

    Raises:
        TrayError: the dead letters cannot be read.

    """
    places = [_place(one.sent) for one in events]
    positions = _wait(hub, places, patience_seconds, tell)
    looked_at = [_is_past(positions, one) for one in places]
    seen = [event for event, is_past in zip(events, looked_at, strict=True) if is_past]
    with hub.engine.connect() as connection:
        known = known_events(connection, {(one.participant_id, one.event_id) for one in seen})
    providers = {provider_of(place.topic) for place in places} if seen else set()
    letters = {one.origin: one for one in letters_in(hub, map(dead_letters, sorted(providers)))}
    return [
        _status(
            letters.get("/".join(map(str, place))),
            is_journalled=(history := known.get((event.participant_id, event.event_id))) is not None
            and event.revision in history.digests,
        )
        if is_past
        else EventStatus(Status.PENDING)
        for event, place, is_past in zip(events, places, looked_at, strict=True)
    ]


def _status(letter: DeadLetter | None, *, is_journalled: bool) -> EventStatus:
    """Return the status of an event that was looked at; a letter counts before the journal.

    Another content of a revision that the journal holds is refused, and only the letter tells.
    What names somebody erased is refused without a letter.
    """
    if letter is not None:
        return EventStatus(Status.REFUSED, letter.reason, letter.detail)
    if is_journalled:
        return EventStatus(Status.ACCEPTED)
    return EventStatus(Status.REFUSED, Reason.ERASED_PARTICIPANT)


def _wait(
    hub: Hub, places: Sequence[_Place], patience_seconds: float, tell: Callable[[int, int], None]
) -> Positions:
    """Return the filter's positions once they are past these places, or have stood too long."""
    ends: dict[tuple[TopicName, int], int] = {}
    for topic, partition, offset in places:
        ends[topic, partition] = max(ends.get((topic, partition), 0), offset + 1)
    topics = sorted({topic for topic, _ in ends})
    total, left, until = None, None, 0.0
    while True:
        with hub.engine.connect() as connection:
            positions = positions_of(connection, topics, range(hub.settings.partitions))
        now_left = sum(max(0, end - (positions[place] or 0)) for place, end in ends.items())
        total = now_left if total is None else total
        if now_left != left:
            left, until = now_left, time.monotonic() + patience_seconds
            tell(total - left, total)
        if not left or time.monotonic() >= until:
            return positions
        time.sleep(LOOK_SECONDS)


def _is_past(positions: Positions, place: _Place) -> bool:
    return (positions[place.topic, place.partition] or 0) > place.offset


def _place(sent: Sent) -> _Place:
    record = sent.get(0)
    return _Place(record.topic, record.partition, record.offset)
