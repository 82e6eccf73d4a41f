"""The dead letters of providers as they may see them: where, why, when, and of which event.

What a letter holds is what the provider itself has sent. It is opened here for the event's id and
revision alone; nobody is shown it.
"""

import threading
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from consent_ledger.filter.dead_letters import DeadLetter
from consent_ledger.journal.sealed_keys import letters_with_a_key
from deploy.hub import Hub
from deploy.operations.dead_letters import letters_in, opened_letters
from schemas.codec import walk
from schemas.errors import MalformedError
from schemas.identifiers import EventId, ProviderId
from schemas.trays import dead_letters, in_tray

READ_SECONDS: Final = 0.5
"""Between two readings of a topic. A letter has its key a moment before it can be read."""
MOMENT_SECONDS: Final = 5.0
"""Far longer than that moment. A letter that is still not there was taken away, its key was not."""
FRESH_SECONDS: Final = 30.0
"""So old may be what was read: a letter that was taken away is shown no longer than that."""


class OwnLetter(NamedTuple):
    """A dead letter of a provider's; without an id where what it holds is no event."""

    letter: DeadLetter
    event_id: EventId | None
    revision: int | None


class _Pages(NamedTuple):
    """What was read of a provider's letters, by origin, and when; since when others are missed."""

    letters: Mapping[str, OwnLetter]
    read_at: float
    missed: Mapping[str, float]

    def still_to_come(self, origins: Iterable[str], now: float) -> set[str]:
        """Return which of these letters have a key and could not be read yet."""
        return {
            origin
            for origin in origins
            if origin not in self.letters and now - self.missed.get(origin, now) <= MOMENT_SECONDS
        }


_EMPTY: Final = _Pages({}, float("-inf"), {})


class LetterBook:
    """Reads a provider's letters from Kafka when there are new ones, and remembers them."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._lock = threading.Lock()
        self._pages: dict[ProviderId, _Pages] = {}

    def all_of(self, provider_id: ProviderId) -> list[OwnLetter]:
        """Return a provider's letters, the oldest first. Raises KafkaAwayError, TrayError."""
        with self._hub.engine.connect() as connection:
            origins = letters_with_a_key(connection, in_tray(provider_id))
        found = self.of(provider_id, origins)
        if None in found.values():
            time.sleep(READ_SECONDS)
            found = self.of(provider_id, origins)
        shown = filter(None, found.values())
        return sorted(shown, key=lambda own: (own.letter.refused_at, own.letter.origin))

    def of(self, provider_id: ProviderId, origins: Collection[str]) -> dict[str, OwnLetter | None]:
        """Return a provider's letters from these origins; None is one that cannot be read yet.

        Raises KafkaAwayError, TrayError.
        """
        with self._lock:
            pages, now = self._pages.get(provider_id, _EMPTY), time.monotonic()
            age = now - pages.read_at
            is_wanted = age >= FRESH_SECONDS or bool(pages.still_to_come(origins, now))
            if origins and is_wanted and age >= READ_SECONDS:
                letters = self._read(provider_id, pages.letters)
                missed = {one: pages.missed.get(one, now) for one in origins if one not in letters}
                pages = self._pages[provider_id] = _Pages(letters, now, missed)
        found = {one: pages.letters[one] for one in origins if one in pages.letters}
        return found | dict.fromkeys(pages.still_to_come(origins, now))

    def _read(
        self, provider_id: ProviderId, known: Mapping[str, OwnLetter]
    ) -> dict[str, OwnLetter]:
        letters = [*letters_in(self._hub, [dead_letters(provider_id)])]
        new = [letter for letter in letters if letter.origin not in known]
        found = dict(known)
        for letter, content in opened_letters(self._hub, new):
            found[letter.origin] = _own(letter, content)
        return {one.origin: found[one.origin] for one in letters if one.origin in found}


def _own(letter: DeadLetter, content: bytes) -> OwnLetter:
    try:
        event = walk(content)
    except MalformedError:
        return OwnLetter(letter, None, None)
    return OwnLetter(letter, event.event_id, event.revision)
