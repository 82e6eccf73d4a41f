"""The dead letters of a hub that runs: listed, opened for an operator, replayed, taken away.

Tombstones are written under a transactional id of their own, which no shard has: it fences no
filter and is fenced by none; of two operators at once the earlier one's command fails, and can be
run again. It may write beside the filter, because a tombstone here decides nothing about what
anybody may see. Nor does it come too early: a letter is written again only by a turn that is done
again, which at worst lists it once more, and for an erased person it is written only after every
shard has come past the erasure and refuses without a letter whatever names them.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Literal

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.filter.dead_letters import (
    DeadLetter,
    current_letters,
    last_letters,
    names_any,
    place_of,
    tombstone,
    unsealed,
)
from consent_ledger.filter.kafka_logs import open_kafka_log
from consent_ledger.journal.sealed_keys import destroy_letter_keys, letter_keys
from consent_ledger.rights.dead_letter_uses import note_use, noted_uses
from consent_ledger.rights.read_back import TrayScan, scan_dead_letters
from consumers.tray_reader import read_tray
from deploy.broker.rules import LETTER_TRANSACTIONS
from deploy.home.kafka_users import HubUser
from deploy.hub import Hub
from producers.gateway.published_events import forget_place
from producers.publisher import RecordPlace
from schemas.errors import BusError
from schemas.identifiers import PassportNumber, TopicName
from schemas.trays import dead_letters, provider_of


class DeadLetterError(BusError):
    """A dead letter that is not there, or cannot be replayed as it is."""


def dead_letter_topics(hub: Hub) -> list[TopicName]:
    """Return the topic of each provider's dead letters."""
    with hub.engine.connect() as connection:
        return [*map(dead_letters, sorted(read_agreements(connection).providers))]


def letters_in(hub: Hub, topics: Iterable[TopicName]) -> Iterator[DeadLetter]:
    """Yield the letters of these topics that were not taken away."""
    for topic in topics:
        yield from current_letters(read_tray(hub.kafka(HubUser.LETTERS), topic))


def find_letter(hub: Hub, origin: str) -> DeadLetter:
    """Return the letter that came from a place.

    DeadLetterError where there is none, MalformedError where it is no such place.
    """
    topic, _ = place_of(origin)
    for letter in letters_in(hub, [dead_letters(provider_of(topic))]):
        if letter.origin == origin:
            return letter
    raise DeadLetterError(
        "There is no dead letter from there.",
        "It was replayed or erased, or is older than 30 days. `nwd dead-letters` lists all.",
    )


def open_letter(
    hub: Hub, letter: DeadLetter, operator: str, did: Literal["shown", "replayed"]
) -> bytes:
    """Return what a letter holds, after writing down who opens it.

    DeadLetterError where its key was destroyed, UnsealError where the letter was altered.
    """
    opened = _opened(hub, letter)
    if opened is None:
        raise DeadLetterError(
            "The key of that dead letter was destroyed.",
            "It was replayed or erased, or the database is older than the letter.",
        )
    with hub.engine.begin() as connection:
        note_use(connection, letter.origin, operator=operator, did=did, at=hub.clock())
    return opened


def uses(hub: Hub) -> list[dict[str, object]]:
    """Return who opened which letter, the newest first."""
    with hub.engine.connect() as connection:
        return noted_uses(connection)


def opened_letters(hub: Hub, letters: Sequence[DeadLetter]) -> Iterator[tuple[DeadLetter, bytes]]:
    """Yield what letters hold, those whose key was destroyed left out; UnsealError if altered."""
    with hub.engine.connect() as connection:
        keys = letter_keys(connection, [letter.origin for letter in letters])
    for letter in letters:
        if letter.origin in keys:
            key = hub.vault.open_key(keys[letter.origin], letter.origin)
            yield letter, unsealed(letter, key)


def take_away(hub: Hub, letters: list[DeadLetter]) -> None:
    """Write a tombstone for each letter, or raise LogError, and destroy their keys.

    Compaction removes the bytes, which are noise from now on. Cut short in between, a letter has
    its key: whoever looks for all that have one finds it again.
    """
    if not letters:
        return
    kafka = hub.kafka(HubUser.LETTERS)
    log = open_kafka_log(hub.settings.kafka_client, kafka, LETTER_TRANSACTIONS)
    try:
        log.acquire()
        log.append([*map(tombstone, letters)])
    finally:
        log.close()
    with hub.engine.begin() as connection:
        destroy_letter_keys(connection, [letter.origin for letter in letters])
        for letter in letters:
            forget_place(connection, letter.provider_id, _place_of(letter.origin))


def take_away_all_about(hub: Hub, participant_ids: list[PassportNumber]) -> int:
    """Take away every letter that `letters_about` yields, and return their number."""
    about = [letter for letter, _ in letters_about(hub, participant_ids)]
    take_away(hub, about)
    return len(about)


def letters_about(
    hub: Hub, participant_ids: list[PassportNumber]
) -> Iterator[tuple[DeadLetter, bytes]]:
    """Yield every letter that names one of these people, with what it holds.

    Also one that was taken away and has its key still. UnsealError where a letter does not open by
    its key, so that nobody can say who is in it.
    """
    for topic in dead_letter_topics(hub):
        for letter in last_letters(read_tray(hub.kafka(HubUser.OPERATOR), topic)):
            opened = _opened(hub, letter)
            if opened is not None and names_any(opened, participant_ids):
                yield letter, opened


def scan_all(hub: Hub, participant_ids: list[PassportNumber]) -> dict[TopicName, TrayScan]:
    """Open every letter, and return by topic how many name one of these people."""
    kafka, opened = hub.kafka(HubUser.OPERATOR), partial(_opened, hub)
    return {
        topic: scan_dead_letters(read_tray(kafka, topic), opened, participant_ids)
        for topic in dead_letter_topics(hub)
    }


def _place_of(origin: str) -> RecordPlace:
    _, partition, offset = origin.split("/")
    return RecordPlace(int(partition), int(offset))


def _opened(hub: Hub, letter: DeadLetter) -> bytes | None:
    """Return what a letter holds; None where its key was destroyed."""
    return next((content for _, content in opened_letters(hub, [letter])), None)
