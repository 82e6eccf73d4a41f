"""Stand-ins for unit tests: they pass the same conformance suite as the real parts."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from consent_ledger.filter.records import Header, InRecord, OutRecord
from schemas.identifiers import TopicName


class ManualClock:
    """A clock that stands still until it is told to go on."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime(2026, 6, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self.now

    def go_on(self, by: timedelta) -> None:
        """Move on."""
        self.now += by


class StoredRecord(NamedTuple):
    """A record as it stands in a partition."""

    key: bytes
    value: bytes | None
    headers: Sequence[Header]
    partition: int = 0
    timestamp_ms: int = 0


class MemoryBroker:
    """Topics in memory, and who may append under which transactional id."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.partitions: dict[tuple[TopicName, int], list[StoredRecord]] = {}
        self.epochs: dict[str, int] = {}

    def append(
        self,
        topic: TopicName,
        partition: int,
        key: bytes,
        value: bytes | None,
        headers: Sequence[Header] = (),
        *,
        timestamp_ms: int | None = None,
    ) -> None:
        """Append a record, as a provider would."""
        place = self.partitions.setdefault((topic, partition), [])
        if timestamp_ms is None:
            timestamp_ms = round(self.clock.now.timestamp() * 1000)
        place.append(StoredRecord(key, value, headers, partition, timestamp_ms))

    def read(self, topic: TopicName) -> list[StoredRecord]:
        """Return every record of a topic, partition by partition."""
        return [
            record
            for (name, _), records in sorted(self.partitions.items())
            if name == topic
            for record in records
        ]


class FencedInMemoryError(Exception):
    """What Kafka says to a producer whose transactional id was taken over."""


class MemoryEventLog:
    """The filter's log over a MemoryBroker."""

    def __init__(self, broker: MemoryBroker, transactional_id: str) -> None:
        self._broker = broker
        self._id = transactional_id
        self._epoch = -1
        self._positions: dict[tuple[TopicName, int], int] = {}

    def acquire(self) -> None:
        """See `Log`."""
        self._epoch = self._broker.epochs.get(self._id, 0) + 1
        self._broker.epochs[self._id] = self._epoch

    def read_from(self, positions: Mapping[tuple[TopicName, int], int | None]) -> None:
        """See `Log`."""
        self._positions = {place: offset or 0 for place, offset in positions.items()}

    def poll(self, timeout_seconds: float, max_records: int) -> Sequence[InRecord]:  # noqa: ARG002 - nothing to wait for
        """See `Log`."""
        found: list[InRecord] = []
        for (topic, partition), offset in self._positions.items():
            held = self._broker.partitions.get((topic, partition))
            if held is None or len(held) == offset:
                continue
            for at in range(offset, min(len(held), offset + max_records - len(found))):
                found.append(InRecord(topic, partition, at, held[at].key, held[at].value))
                self._positions[topic, partition] = at + 1
        return found

    def append(self, records: Sequence[OutRecord]) -> None:
        """See `Log`."""
        if records and self._broker.epochs[self._id] != self._epoch:
            raise FencedInMemoryError
        for one in records:
            self._broker.append(
                *(one.topic, one.partition, one.key, one.value, one.headers),
                timestamp_ms=one.timestamp_ms,
            )

    def high_watermarks(self) -> Mapping[tuple[TopicName, int], int]:
        """See `Log`. One in memory needs no polling to know."""
        return {place: len(self._broker.partitions.get(place, [])) for place in self._positions}

    def close(self) -> None:
        """See `Log`."""
