"""Dead letters: what a provider sent and the filter could not accept, each sealed under its key.

Only opening one shows whose it is; once its key is destroyed nothing does. In its topic a letter
stands under its origin, the place in the in-tray that it came from, so that a turn done again
writes it in the same place.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent_ledger.filter.intake import RefusedRecord
from consent_ledger.filter.records import InRecord, OutRecord
from consent_ledger.journal.vault import seal, unseal
from consent_ledger.ledger.entries import moment
from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber, ProviderId, TopicName, holds_number
from schemas.trays import IN_PREFIX, KeyedRecord, dead_letters, is_tick, provider_of


class DeadLetter(NamedTuple):
    """A dead letter, closed: nothing here says anything about a person."""

    origin: str
    reason: str
    detail: str
    refused_at: str
    sealed: bytes

    @property
    def provider_id(self) -> ProviderId:
        """Who sent it."""
        return provider_of(TopicName(self.origin.split("/")[0]))


def dead_letter(refusal: RefusedRecord, key: AESGCM, at: datetime) -> OutRecord:
    """Return the dead letter for a refusal, sealed under its key."""
    record = refusal.record
    origin = origin_of(record)
    return OutRecord(
        dead_letters(provider_of(record.topic)),
        record.partition,
        origin.encode(),
        seal(key, record.value or b"", origin.encode()),
        [
            ("reason", refusal.reason.encode()),
            ("detail", refusal.detail.encode()),
            ("refused-at", moment(at).encode()),
            ("x-original-topic", record.topic.encode()),
            ("x-original-partition", str(record.partition).encode()),
            ("x-original-offset", str(record.offset).encode()),
        ],
    )


def unsealed(letter: DeadLetter, key: AESGCM) -> bytes:
    """Return what a letter holds; UnsealError when it is from another place, or altered."""
    return unseal(key, letter.sealed, letter.origin.encode())


def origin_of(record: InRecord) -> str:
    """Return the place in an in-tray that a letter is known by."""
    return f"{record.topic}/{record.partition}/{record.offset}"


def tombstone(letter: DeadLetter) -> OutRecord:
    """Return what takes a letter away: it was replayed, or the person in it was erased."""
    topic, partition = place_of(letter.origin)
    return OutRecord(dead_letters(provider_of(topic)), partition, letter.origin.encode(), None, [])


def place_of(origin: str) -> tuple[TopicName, int]:
    """Return a letter's in-tray and partition; MalformedError when no letter has such an origin."""
    topic, _, rest = origin.partition("/")
    partition, _, offset = rest.partition("/")
    if not (topic.startswith(IN_PREFIX) and partition.isdecimal() and offset.isdecimal()):
        raise MalformedError(
            "That is not where a dead letter comes from.",
            "It looks like in.college-c/0/7: topic, partition and offset.",
        )
    return TopicName(topic), int(partition)


def current_letters(records: Iterable[KeyedRecord]) -> list[DeadLetter]:
    """Return the letters that were not taken away, given all records of a topic in order."""
    found: dict[bytes, DeadLetter] = {}
    for record in records:
        if record.value is None:
            found.pop(record.key, None)
        elif not is_tick(record.key):
            found[record.key] = letter_in(record)
    return list(found.values())


def last_letters(records: Iterable[KeyedRecord]) -> list[DeadLetter]:
    """Return the last letter from each place, also of those that were taken away."""
    return current_letters(record for record in records if record.value is not None)


def names_any(content: bytes, participant_ids: Iterable[PassportNumber]) -> bool:
    """Return whether what was opened names one of these people, in whatever way it is written."""
    return any(holds_number(content, one) for one in participant_ids)


def letter_in(record: KeyedRecord) -> DeadLetter:
    """Return the letter that a record holds."""
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    return DeadLetter(
        record.key.decode("ascii", "replace"),
        headers.get("reason", ""),
        headers.get("detail", ""),
        headers.get("refused-at", ""),
        record.value or b"",
    )
