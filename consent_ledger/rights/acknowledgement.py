"""Which recipients have read a deletion: they acknowledge it by how far they have read.

A recipient applies a tray's records in order, so one that is behind the last record of a person
has had every deletion of that person. Whether it obeyed is for the recipient to show.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol, TypeVar

from schemas.identifiers import TopicName


class Placed(Protocol):
    """A record of an out-tray, and its place."""

    @property
    def partition(self) -> int:
        """The partition."""

    @property
    def offset(self) -> int:
        """The place in it."""

    @property
    def key(self) -> bytes:
        """Participant and event id."""


class Reader(NamedTuple):
    """Somebody who reads trays: what they would read next, by topic and partition."""

    name: str
    positions: Mapping[tuple[str, int], int]


class Acknowledgement(NamedTuple):
    """Whether one reader of a tray has had the deletions, and since when that is known.

    `reader` is None where no reader of the tray is known.
    """

    topic: TopicName
    reader: str | None
    seen_at: datetime | None


Deletions = Mapping[TopicName, Mapping[int, int]]
"""For each tray and partition the offset behind the last record of a person erased."""

_Placed = TypeVar("_Placed", bound=Placed)


def noting_places(
    records: Iterable[_Placed], names: Sequence[str], behind: dict[int, int]
) -> Iterator[_Placed]:
    """Pass records on, and note in `behind` where the last one about these names ends."""
    keys = tuple(f"{name}|".encode() for name in names)
    for record in records:
        if record.key.startswith(keys):
            behind[record.partition] = record.offset + 1
        yield record


def acknowledgements(
    deletions: Deletions, readers: Sequence[Reader], now: datetime
) -> list[Acknowledgement]:
    """Return for each tray that held something who has acknowledged that it is gone."""
    found = []
    for topic, behind in sorted(deletions.items()):
        if not behind:
            continue
        of_topic = [
            reader for reader in readers if any(topic == place[0] for place in reader.positions)
        ]
        found += [
            Acknowledgement(topic, reader.name, now if _has_read(reader, topic, behind) else None)
            for reader in of_topic
        ] or [Acknowledgement(topic, None, None)]
    return found


def kept(
    before: Iterable[Acknowledgement], after: Sequence[Acknowledgement]
) -> list[Acknowledgement]:
    """Return what is known now: what was acknowledged once stays so, whatever the reader became."""
    known = {(acknowledged.topic, acknowledged.reader): acknowledged for acknowledged in after}
    known |= {
        (acknowledged.topic, acknowledged.reader): acknowledged
        for acknowledged in before
        if acknowledged.seen_at is not None
    }
    read = {topic for topic, reader in known if reader is not None}
    return sorted(
        (
            acknowledged
            for acknowledged in known.values()
            if acknowledged.reader is not None or acknowledged.topic not in read
        ),
        key=lambda acknowledged: (acknowledged.topic, acknowledged.reader or ""),
    )


def _has_read(reader: Reader, topic: TopicName, behind: Mapping[int, int]) -> bool:
    return all(
        reader.positions.get((topic, partition), 0) >= offset
        for partition, offset in behind.items()
    )
