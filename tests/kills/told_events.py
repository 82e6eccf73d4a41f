"""What providers tell of made-up people, for ever: each history, then corrections of it."""

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import count

from deploy.demo.people.history import history
from deploy.demo.people.person import people
from schemas.events import Event
from schemas.identifiers import PassportNumber

MOST_PEOPLE = 5_000


def told_of(participants: deque[str]) -> Iterator[Event]:
    """Yield events of one participant after the other; who is appended later gets a turn as well.

    The deque is turned here, and only here: `participants[0]` is whose turn it is.
    """
    scripts: dict[str, Iterator[Event]] = {}
    persons = iter(people(MOST_PEOPLE))
    while True:
        participants.rotate(-1)
        participant_id = participants[0]
        while participant_id not in scripts:
            events = history(next(persons), PassportNumber(participant_id))
            if events:  # the college tells of its learners in its return alone
                scripts[participant_id] = _and_corrections(events)
        yield next(scripts[participant_id])


def _and_corrections(events: Iterable[Event]) -> Iterator[Event]:
    newest: dict[str, Event] = {}
    for event in events:
        newest[event.event_id] = event
        yield event
    for turn in count(1):  # each says another time of day, so that every tray has to be told
        for event in newest.values():
            yield event.model_copy(
                update={
                    "revision": event.revision + turn,
                    "occurred_at": event.occurred_at + timedelta(minutes=turn),
                }
            )
