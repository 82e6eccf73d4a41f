"""A reader that follows every out-tray by itself, through every crash, and forgets nothing."""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from schemas.categories import BLOCKS
from schemas.codec import decode
from schemas.identifiers import TopicName
from schemas.kafka_connection import KafkaConnection
from schemas.trays import is_tick, split_out_key
from tests.kills.closures import Seen

POLL_MS = 300
PAUSE_SECONDS = 0.3

Place = tuple[TopicName, int]


class TrayWatcher:
    """Follows trays in a thread. With `read_uncommitted` it sees what was aborted, too.

    `kafka` tells where it answers now.
    """

    def __init__(
        self, kafka: Callable[[], KafkaConnection], places: list[Place], isolation: str
    ) -> None:
        self.records: defaultdict[tuple[str, str], list[Seen]] = defaultdict(list)
        self.positions: dict[Place, int] = dict.fromkeys(places, 0)
        self.failure: BaseException | None = None
        self._kafka = kafka
        self._isolation = isolation
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watcher-{isolation}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)

    def has_read(self, ends: Mapping[Place, int]) -> bool:
        """Tell whether all before these offsets was read."""
        if self.failure:
            raise self.failure
        return all(self.positions[place] >= end for place, end in ends.items())

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                with suppress(KafkaError):
                    self._follow()
                self._stop.wait(PAUSE_SECONDS)
        except BaseException as error:  # noqa: BLE001 - raised where somebody waits for it
            self.failure = error

    def _follow(self) -> None:
        consumer = KafkaConsumer(
            **self._kafka().for_client(),
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",  # what was read and is gone would be a loss: raise
            isolation_level=self._isolation,
            reconnect_backoff_max_ms=500,
            metrics_enabled=False,
        )
        try:
            places = {TopicPartition(*place): place for place in self.positions}
            consumer.assign(list(places))
            for tp, place in places.items():
                consumer.seek(tp, self.positions[place])
            while not self._stop.is_set():
                for tp, records in consumer.poll(POLL_MS).items():
                    for record in records:
                        self._note(tp.topic, record)
                        self.positions[places[tp]] = record.offset + 1
                for tp, place in places.items():  # past markers of transactions, too
                    self.positions[place] = consumer.position(tp, 0)
        finally:
            with suppress(KafkaError):
                consumer.close(autocommit=False, timeout_ms=1000)

    def _note(self, topic: TopicName, record: Any) -> None:
        if is_tick(record.key):
            return
        person, event_id = split_out_key(record.key)
        blocks = None
        if record.value is not None:
            fields = decode(record.value)
            blocks = frozenset(one.value for one in BLOCKS if fields[one.value] is not None)
        appended_at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
        self.records[topic, person].append(Seen(record.offset, appended_at, event_id, blocks))
