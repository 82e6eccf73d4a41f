"""A tray in memory, for readers' tests that need no Kafka."""

from collections.abc import Mapping

from consumers.tray import POLL_RECORDS, PositionLostError, TrayBatch
from schemas.identifiers import TopicName
from schemas.trays import TrayRecord


class MemoryTray:
    """Behaves as `consumers.tray.Tray` says; its other methods and its flags play the broker."""

    def __init__(
        self,
        partitions: int,
        *,
        topic: TopicName = TopicName("out.a.b"),
        topic_id: str = "first",
        at_once: int = 2,
    ) -> None:
        self.topic = topic
        self.topic_id = topic_id
        self.partitions = tuple(range(partitions))
        self.is_away = False
        self.is_stuck = False
        self._at_once = at_once
        self._logs: dict[int, list[TrayRecord | None]] = {one: [] for one in self.partitions}
        self._first = dict.fromkeys(self.partitions, 0)
        self._at: dict[int, int] = {}

    def append(self, *records: TrayRecord) -> None:
        """Add records at the end of their partitions."""
        for record in records:
            log = self._logs[record.partition]
            log.append(record._replace(topic=self.topic, offset=len(log)))

    def compact_away(self, key: bytes) -> None:
        """Forget a key altogether, as compaction does once a tombstone has had its time."""
        for log in self._logs.values():
            for at, record in enumerate(log):
                if record and record.key == key:
                    log[at] = None

    def cut_off(self, partition: int, before: int) -> None:
        """Forget what stands before an offset."""
        self._first[partition] = before

    def starts(self) -> Mapping[int, int]:
        """See `Tray`."""
        return dict(self._first)

    def ends(self) -> Mapping[int, int] | None:
        """See `Tray`."""
        return None if self.is_away else {one: len(log) for one, log in self._logs.items()}

    def readable_ends(self) -> Mapping[int, int]:
        """See `PagedTray`."""
        return {one: len(log) for one, log in self._logs.items()}

    def seek(self, offsets: Mapping[int, int]) -> None:
        """See `Tray`."""
        self._at = dict(offsets)

    def poll(self, timeout_seconds: float, most: int = POLL_RECORDS) -> TrayBatch:  # noqa: ARG002 - there is nothing to wait for
        """See `Tray`."""
        if self.is_away or self.is_stuck:
            return TrayBatch((), dict(self._at))
        found: list[TrayRecord] = []
        at_once = min(most, self._at_once)
        for one, log in self._logs.items():
            if not self._first[one] <= self._at[one] <= len(log):
                raise PositionLostError("The position is gone.")
            taken = log[self._at[one] : self._at[one] + at_once - len(found)]
            found += filter(None, taken)
            self._at[one] += len(taken)
        return TrayBatch(tuple(found), dict(self._at))
