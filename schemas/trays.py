"""Topics, keys and partitions: where an event is kept.

An in-tray's key is the participant only, so that the default (murmur2) partitioner of any Kafka
client puts it where it belongs. An out-tray's key is participant and event, placed by the first:
in a pseudonymous tray by the pseudonym, so that the partition says nothing of the real number. One
shard writes all that is about a person, in whichever partitions.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple, Protocol

from schemas.errors import MalformedError
from schemas.identifiers import (
    AgreementId,
    EventId,
    ProviderId,
    TopicName,
    TrayName,
    is_provider_id,
)

IN_PREFIX: Final = "in."
OUT_PREFIX: Final = "out."
DEAD_PREFIX: Final = "dead."
_TICK: Final = "tick"
_PROBE_PURPOSE: Final = "self"

_AGREEMENT: Final = re.compile(r"([a-z][a-z0-9-]{0,30})\.([a-z][a-z0-9-]{0,30})")


class KeyedRecord(Protocol):
    """A record of a topic, as a reader gives it."""

    @property
    def key(self) -> bytes:
        """The record's key, such as participant and event id."""

    @property
    def value(self) -> bytes | None:
        """The framed value; None is a tombstone."""

    @property
    def headers(self) -> Iterable[tuple[str, bytes]]:
        """The record's headers."""


class PlacedRecord(KeyedRecord, Protocol):
    """A record of a tray with the partition that it stands in."""

    @property
    def partition(self) -> int:
        """The partition."""


class TrayRecord(NamedTuple):
    """One record of a tray: the current state of its key; a value of None deletes the key.

    `timestamp_ms` is Kafka's, in milliseconds since 1970.
    """

    topic: TopicName
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    timestamp_ms: int = 0


def in_tray(provider_id: ProviderId) -> TopicName:
    """Return the topic that only this provider may write."""
    if not is_provider_id(provider_id):
        raise MalformedError(
            "That is not a provider's id.",
            "It has lower-case letters, digits and single hyphens, such as college-c.",
        )
    return TopicName(IN_PREFIX + provider_id)


def dead_letters(provider_id: ProviderId) -> TopicName:
    """Return the topic of this provider's events that the bus could not accept."""
    return TopicName(DEAD_PREFIX + in_tray(provider_id).removeprefix(IN_PREFIX))


def out_tray(agreement_id: AgreementId) -> TopicName:
    """Return the topic that only this agreement's recipient may read."""
    if not is_agreement_id(agreement_id):
        raise MalformedError(
            "That is not an agreement's id.",
            "It is the recipient, a dot and the purpose, such as college-c.outcomes.",
        )
    return TopicName(OUT_PREFIX + agreement_id)


def is_agreement_id(text: str) -> bool:
    """Return whether the text has the form `<recipient>.<purpose>`."""
    return _AGREEMENT.fullmatch(text) is not None


def recipient_of(agreement_id: AgreementId) -> str:
    """Return the recipient that an agreement's id names."""
    return agreement_id.partition(".")[0]


def probe_agreement(name: ProviderId) -> AgreementId:
    """Return the agreement of a probe by this name, whose recipient is the probe itself."""
    return AgreementId(f"{name}.{_PROBE_PURPOSE}")


def for_people(agreement_ids: Iterable[AgreementId]) -> list[AgreementId]:
    """Return these agreements as people see them listed: sorted, without those of probes."""
    return sorted(agreement for agreement in agreement_ids if not is_of_a_probe(agreement))


def is_of_a_probe(agreement_id: AgreementId) -> bool:
    """Return whether an agreement is a probe's own: it concerns no real person."""
    return agreement_id.endswith(f".{_PROBE_PURPOSE}")


def provider_of(topic: TopicName) -> ProviderId:
    """Return the provider that writes this in-tray."""
    return ProviderId(topic.removeprefix(IN_PREFIX))


def out_key(participant: TrayName, event_id: EventId) -> bytes:
    """Return the key of a record in an out-tray."""
    return f"{participant}|{event_id}".encode()


def split_out_key(key: bytes) -> tuple[str, EventId]:
    """Return participant and event id of an out-tray's key. Raises MalformedError."""
    participant, bar, event_id = key.decode("ascii", "replace").partition("|")
    if not (participant and bar and event_id):
        raise MalformedError("A record's key is not participant and event id.")
    return participant, EventId(event_id)


def tick_key(partition: int) -> bytes:
    """Return the key of a partition's tick: a tombstone of no participant, which readers skip."""
    return f"{_TICK}|{partition}".encode()


def is_tick(key: bytes) -> bool:
    """Return whether a key is that of a tick. No participant or pseudonym has its form."""
    return key.startswith(f"{_TICK}|".encode())


def partition_of(participant_id: TrayName, partitions: int) -> int:
    """Return the partition, out of `partitions`, of a participant, or of a pseudonym in its tray.

    The rule of Kafka's default partitioner: murmur2 of the key's bytes, made positive, modulo the
    number of partitions (Apache Kafka, `BuiltInPartitioner.partitionForKey`).
    """
    return _hash_of(participant_id) % partitions


@lru_cache(maxsize=20_000)
def _hash_of(participant_id: str) -> int:
    return _murmur2(participant_id.encode()) & 0x7FFFFFFF


def _murmur2(data: bytes) -> int:
    """Return Kafka's murmur2 (seed 0x9747b28c) as an unsigned 32-bit number."""
    word, length = 0xFFFFFFFF, len(data)
    factor = 0x5BD1E995
    value = (0x9747B28C ^ length) & word
    whole = length & ~3
    for at in range(0, whole, 4):
        k = (int.from_bytes(data[at : at + 4], "little") * factor) & word
        k = ((k ^ (k >> 24)) * factor) & word
        value = ((value * factor) & word) ^ k
    if length & 3:
        value = ((value ^ int.from_bytes(data[whole:], "little")) * factor) & word
    value = ((value ^ (value >> 13)) * factor) & word
    return value ^ (value >> 15)
