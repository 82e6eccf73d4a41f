"""Events of other people, published at an even pace by a process of its own."""

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from selectors import EVENT_READ, DefaultSelector
from typing import Final

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from sqlalchemy import func, select

from consent_ledger.tables.delivery import position
from deploy.hub import Hub
from deploy.settings import Settings, find_addresses
from schemas.trays import in_tray
from tests.bench.prepared_bus import PROVIDER, new_events
from tests.support.bus_settings import PARTITIONS

PACE_SECONDS: Final = 0.01
"""Events that are due are published this often."""
WARM_UP_SECONDS: Final = 3.0
STOP_SECONDS: Final = 30.0


@contextmanager
def even_load(people: Sequence[str], rate: int, home: Path) -> Iterator[dict[str, float]]:
    """Let a process of its own publish so many events a second; what it reached is filled in."""
    reached: dict[str, float] = {}
    if not rate:
        yield reached
        return
    listed = home / "others.json"
    listed.write_text(json.dumps(people))
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(  # noqa: S603 - this very file
        [*command, str(home), str(listed), str(rate)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        time.sleep(WARM_UP_SECONDS)
        yield reached
        said, _ = process.communicate(timeout=STOP_SECONDS)  # its input ends: it stops
        reached |= json.loads(said)


def keep_publishing(home: str, listed: str, rate: str) -> None:
    """Publish events at an even pace until standard input ends; print what was reached."""
    kafka = find_addresses(Settings(home=Path(home))).kafka
    producer = KafkaProducer(**kafka.for_client(), linger_ms=0)
    events = new_events(json.loads(Path(listed).read_text()))
    begun, sent = time.monotonic(), 0
    stop = DefaultSelector()
    stop.register(sys.stdin, EVENT_READ)
    while not stop.select(PACE_SECONDS):
        due = int((time.monotonic() - begun) * int(rate))
        for participant_id, value in itertools.islice(events, due - sent):
            producer.send(in_tray(PROVIDER), value, participant_id.encode())
        sent = max(sent, due)
    producer.flush()
    took = time.monotonic() - begun
    print(json.dumps({"load_reached_events_per_second": round(sent / took), "load_events": sent}))


def lag_of(hub: Hub, consumer: KafkaConsumer) -> int:
    """Return how many published events the filter has not closed a turn of yet."""
    topic = in_tray(PROVIDER)
    ends = consumer.end_offsets([TopicPartition(topic, number) for number in range(PARTITIONS)])
    with hub.engine.connect() as connection:
        done = connection.scalar(
            select(func.sum(position.c.next_offset)).where(position.c.topic == topic)
        )
    return int(sum(ends.values())) - int(done or 0)


if __name__ == "__main__":
    keep_publishing(*sys.argv[1:])
