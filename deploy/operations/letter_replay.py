"""Dead letters replayed: published again in their provider's name, and then taken away.

The filter decides on each as on any other event, under the consent of now. Cut short, what was
published stands in the in-tray and as a letter: replayed again it changes nothing, because an event
of one id, revision and content counts once.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from consent_ledger.filter.dead_letters import DeadLetter
from consent_ledger.rights.dead_letter_uses import note_use
from deploy.broker.in_trays import open_in_trays
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from deploy.operations.dead_letters import DeadLetterError, opened_letters, take_away
from producers.gateway.published_events import PublishedEvent, keep_places
from producers.publisher import place_of
from schemas.codec import to_event
from schemas.errors import MalformedError
from schemas.events import Event
from schemas.identifiers import ProviderId

TOGETHER: Final = 500
"""Letters that are published, and then taken away in one transaction."""


class ReplayedLetters(NamedTuple):
    """How many letters were replayed, and which are no events as they stand: those stay."""

    replayed: int
    unreadable: list[str]


def event_in(opened: bytes) -> Event | None:
    """Return the event that a letter holds; None where it is none."""
    try:
        return to_event(opened)
    except MalformedError:
        return None


def replay(hub: Hub, letter: DeadLetter, event: Event) -> None:
    """Publish an event in a letter's place, as its provider would, and take the letter away.

    DeadLetterError where the event is another provider's; PublishError where the in-tray did not
    take it: the letter stays.
    """
    if event.provider_id != letter.provider_id:
        raise DeadLetterError(
            f"The letter is of {letter.provider_id}, and the event in its place is not.",
            "Nobody publishes in another provider's name: mend its provider_id.",
        )
    _publish(hub, letter.provider_id, [(letter, event)])


def replay_all(hub: Hub, letters: Sequence[DeadLetter], operator: str) -> ReplayedLetters:
    """Replay letters of one provider as they are; it is written down who opened each.

    PublishError where an in-tray did not take them: those that were not taken away stay.
    """
    replayed, unreadable = 0, []
    for start in range(0, len(letters), TOGETHER):
        some = letters[start : start + TOGETHER]
        with hub.engine.begin() as connection:
            for letter in some:
                note_use(
                    connection, letter.origin, operator=operator, did="replayed", at=hub.clock()
                )
        found = dict(_readable(hub, some))
        unreadable += [letter.origin for letter in some if letter not in found]
        _publish(hub, some[0].provider_id, [*found.items()])
        replayed += len(found)
    return ReplayedLetters(replayed, unreadable)


def _readable(hub: Hub, letters: Sequence[DeadLetter]) -> Iterator[tuple[DeadLetter, Event]]:
    """Yield the letters that hold an event of their own provider."""
    for letter, content in opened_letters(hub, letters):
        event = event_in(content)
        if event is not None and event.provider_id == letter.provider_id:
            yield letter, event


def _publish(hub: Hub, provider_id: ProviderId, events: list[tuple[DeadLetter, Event]]) -> None:
    """Publish events in place of letters of one provider; once they are there, take these away."""
    if not events:
        return
    with open_in_trays(hub.kafka(HubUser.DOORS)) as trays:
        sent = [(event, trays.publish(event)) for _, event in events]
        trays.flush()
    places = [(event, place_of(record)) for event, record in sent]
    with hub.engine.begin() as connection:
        now_there = [
            PublishedEvent(event.event_id, event.revision, place)
            for event, place in places
            if place is not None
        ]
        keep_places(connection, provider_id, now_there, hub.clock())
    take_away(hub, [letter for letter, _ in events])
