"""A peer is a program of its own: it is watched from outside, by what it writes to its topic."""

import subprocess
import time
from collections.abc import Collection
from typing import Final, NamedTuple

from kafka import KafkaConsumer, TopicPartition

from schemas.categories import Category
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection
from tests.bench.peers.plain_projection import projected

COMPARED: Final = 300
"""Events whose records are held against the plain program's."""
SECONDS: Final = 300.0
LOOK_SECONDS: Final = 0.02


class Projection(NamedTuple):
    """What is projected: so many events of a topic, from its start, for so many recipients."""

    source: TopicName
    target: TopicName
    partitions: int
    events: int
    recipients: int
    opened: Collection[Category]

    @property
    def records(self) -> int:
        """How many records it makes."""
        return self.events * self.recipients


class Projected(NamedTuple):
    """Events a second from the first record that was written, and of their second half alone."""

    events_per_second: float
    warm_events_per_second: float


class Watch:
    """Sees what comes into a projection's topic from now on."""

    def __init__(self, kafka: KafkaConnection, what: Projection) -> None:
        self._kafka = kafka
        self._what = what
        self._places = [TopicPartition(what.target, one) for one in range(what.partitions)]
        self._watcher = KafkaConsumer(**kafka.for_client(), group_id=None)
        self._starts: dict[TopicPartition, int] = self._watcher.end_offsets(self._places)

    def until_done(self, program: subprocess.Popen[bytes]) -> Projected:
        """Watch a program until all is written; say how quick it was.

        Raises RuntimeError when it ends before, is too slow, or writes other records than ours.
        """
        moments: list[tuple[int, float]] = []
        until = time.monotonic() + SECONDS
        while not moments or moments[-1][0] < self._what.records:
            if program.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the peer did not project all events")
            if written := self._written():
                moments.append((written, time.monotonic()))
            time.sleep(LOOK_SECONDS)
        self._compare()
        warm = [one for one in moments if one[0] >= self._what.records / 2]
        return Projected(self._rate(moments), self._rate(warm))

    def close(self) -> None:
        """Look no more."""
        self._watcher.close()

    def _written(self) -> int:
        ends = self._watcher.end_offsets(self._places)
        return sum(ends[place] - self._starts[place] for place in self._places)

    def _rate(self, moments: list[tuple[int, float]]) -> float:
        """Return events a second between the first and the last of these moments."""
        (first, began), (last, ended) = moments[0], moments[-1]
        return (last - first) / self._what.recipients / max(ended - began, LOOK_SECONDS)

    def _compare(self) -> None:
        """Raise RuntimeError where the first records are others than the plain program's."""
        what = self._what
        events = self._values(what.source, None, COMPARED)
        wanted = [projected(value, what.opened) for value in events for _ in range(what.recipients)]
        start = self._starts[self._places[0]]
        if self._values(what.target, start, len(wanted)) != wanted:
            raise RuntimeError("the peer wrote other records than the plain program")

    def _values(self, topic: TopicName, start: int | None, count: int) -> list[bytes]:
        """Return values of a topic's first partition: so many, or as many as there are."""
        place = TopicPartition(topic, 0)
        with KafkaConsumer(**self._kafka.for_client(), group_id=None) as consumer:
            consumer.assign([place])
            if start is None:
                consumer.seek_to_beginning()
            else:
                consumer.seek(place, start)
            end = min(count, consumer.end_offsets([place])[place] - (start or 0))
            values: list[bytes] = []
            while len(values) < end:
                for records in consumer.poll(1000).values():
                    values += (record.value for record in records)
        return values[:end]
