"""What became of events that a provider published over HTTP, as far as the filter has come."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from consent_ledger.filter.progress import positions_of
from consent_ledger.journal.sealed_keys import letters_with_a_key
from deploy.broker.topics import ends_of
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from deploy.operations.letter_book import LetterBook, OwnLetter
from producers.gateway.published_events import PublishedEvent, places_of
from schemas.identifiers import EventId, ProviderId, TopicName
from schemas.trays import in_tray

Partitions = Mapping[tuple[TopicName, int], int | None]

_NOTHING: Final = ""


class EventState(StrEnum):
    """What has become of an event."""

    WAITING = "waiting"
    """The filter has not looked at it yet."""
    ACCEPTED = "accepted"
    """It is in the journal, and whoever may see it does."""
    REFUSED = "refused"
    """It is a dead letter."""
    UNKNOWN = "unknown"
    """Nothing of that id came over HTTP in the last days."""


class StatedEvent(NamedTuple):
    """What became of the highest revision of an event that was published."""

    event_id: EventId
    status: EventState
    revision: int | None = None
    origin: str | None = None
    reason: str = _NOTHING
    detail: str = _NOTHING


def event_statuses(
    hub: Hub, book: LetterBook, provider_id: ProviderId, event_ids: Sequence[EventId]
) -> list[StatedEvent]:
    """Return what became of events, each in its place. Raises KafkaAwayError, TrayError."""
    topic = in_tray(provider_id)
    at_one_moment = hub.engine.execution_options(isolation_level="REPEATABLE READ")
    with at_one_moment.connect() as connection:
        places = places_of(connection, provider_id, event_ids)
        positions = positions_of(connection, [topic], range(hub.settings.partitions))
        origins = letters_with_a_key(connection, topic)
    letters = book.of(provider_id, origins)
    by_event = {
        own.event_id: own
        for own in sorted(filter(None, letters.values()), key=lambda own: own.revision or 0)
    }
    return [
        _of_published(events[-1], topic, positions, letters)
        if (events := places.get(event_id))
        else _of_letter(event_id, by_event.get(event_id))
        for event_id in event_ids
    ]


class LookedAt(NamedTuple):
    """How many records of an in-tray the filter has still to look at, up to where it ended then."""

    ends: Mapping[int, int]
    waiting: int


def not_looked_at(
    hub: Hub, provider_id: ProviderId, ends: Mapping[int, int] | None = None
) -> LookedAt:
    """Return how much of an in-tray the filter has still to look at, up to these ends or its own.

    Raises KafkaAwayError.
    """
    topic = in_tray(provider_id)
    if ends is None:
        ends = ends_of(hub.kafka(HubUser.DOORS), topic, hub.settings.partitions)
    with hub.engine.connect() as connection:
        positions = positions_of(connection, [topic], range(hub.settings.partitions))
    left = [max(0, end - (positions[topic, partition] or 0)) for partition, end in ends.items()]
    return LookedAt(ends, sum(left))


def _of_published(
    event: PublishedEvent,
    topic: TopicName,
    positions: Partitions,
    letters: Mapping[str, OwnLetter | None],
) -> StatedEvent:
    partition, offset = event.place
    state = StatedEvent(event.event_id, EventState.WAITING, event.revision)
    if (positions[topic, partition] or 0) <= offset:
        return state
    origin = f"{topic}/{partition}/{offset}"
    if origin not in letters:
        return state._replace(status=EventState.ACCEPTED)
    own = letters[origin]
    return state if own is None else _refused(state, own)


def _of_letter(event_id: EventId, own: OwnLetter | None) -> StatedEvent:
    state = StatedEvent(event_id, EventState.UNKNOWN)
    return state if own is None else _refused(state, own)._replace(revision=own.revision)


def _refused(state: StatedEvent, own: OwnLetter) -> StatedEvent:
    letter = own.letter
    return state._replace(
        status=EventState.REFUSED,
        origin=letter.origin,
        reason=letter.reason,
        detail=letter.detail,
    )
