"""A provider's letters are read from Kafka when there are new ones, and no more often."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest

from consent_ledger.filter.dead_letters import DeadLetter
from deploy.hub import Hub
from deploy.operations import letter_book
from deploy.operations.letter_book import LetterBook
from producers.examples import EXAMPLES
from schemas.codec import encode
from schemas.identifiers import ProviderId

BOROUGH = ProviderId("borough-d")
FIRST, SECOND = "in.borough-d/0/1", "in.borough-d/0/2"


class Topic:
    """Dead letters that a test puts there, and how often they were read."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.readings = 0
        self.now = 100.0

    def letters_in(self, _hub: Hub, _topics: Sequence[str]) -> Iterator[DeadLetter]:
        """Yield what is there."""
        self.readings += 1
        return (DeadLetter(origin, "malformed", "", "", b"") for origin in self.contents)

    def opened(
        self, _hub: Hub, letters: Sequence[DeadLetter]
    ) -> Iterator[tuple[DeadLetter, bytes]]:
        """Yield what letters hold."""
        return ((letter, self.contents[letter.origin]) for letter in letters)


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Topic:
    """Give an empty topic, at a moment that a test moves on."""
    topic = Topic()
    monkeypatch.setattr(letter_book, "letters_in", topic.letters_in)
    monkeypatch.setattr(letter_book, "opened_letters", topic.opened)
    monkeypatch.setattr(letter_book, "time", SimpleNamespace(monotonic=lambda: topic.now))
    return topic


@pytest.fixture
def book() -> LetterBook:
    """Give a book in which nothing stands."""
    return LetterBook(cast("Any", None))


def test_a_letter_tells_the_event_in_it_by_id_and_revision(topic: Topic, book: LetterBook) -> None:
    """What is no event tells nothing."""
    topic.contents = {FIRST: encode(EXAMPLES["referral"]), SECOND: b"no event"}

    found = book.of(BOROUGH, [FIRST, SECOND])

    first, second = found[FIRST], found[SECOND]
    assert first is not None
    assert (first.event_id, first.revision) == (EXAMPLES["referral"].event_id, 1)
    assert second is not None
    assert (second.event_id, second.revision) == (None, None)


def test_the_topic_is_read_again_for_a_new_letter_alone(topic: Topic, book: LetterBook) -> None:
    """What is known costs nothing, and no letters cost nothing either."""
    topic.contents[FIRST] = b""
    for _ in range(3):
        book.of(BOROUGH, [])
        topic.now += 1
        book.of(BOROUGH, [FIRST])
    assert topic.readings == 1

    topic.contents[SECOND] = b""
    assert book.of(BOROUGH, [FIRST, SECOND])[SECOND] is not None
    assert topic.readings == 2


def test_a_letter_that_cannot_be_read_yet_is_waited_for(topic: Topic, book: LetterBook) -> None:
    """It is looked for again, but not at once: many may wait for it."""
    assert book.of(BOROUGH, [FIRST]) == {FIRST: None}
    topic.contents[FIRST] = b""
    assert book.of(BOROUGH, [FIRST]) == {FIRST: None}

    topic.now += letter_book.READ_SECONDS
    assert book.of(BOROUGH, [FIRST])[FIRST] is not None


def test_a_letter_that_was_taken_away_without_its_key_is_no_letter(
    topic: Topic, book: LetterBook
) -> None:
    """A replay was cut short; nobody reads the topic for it again and again."""
    topic.contents[FIRST] = b""
    book.of(BOROUGH, [FIRST])
    del topic.contents[FIRST]
    topic.now += letter_book.FRESH_SECONDS
    book.of(BOROUGH, [FIRST])

    topic.now += letter_book.MOMENT_SECONDS + 1
    readings = topic.readings
    assert book.of(BOROUGH, [FIRST]) == {}
    assert topic.readings == readings
