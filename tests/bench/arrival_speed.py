"""From an event's publication to its record in a tray, seen by another process: `make bench`.

One process publishes at an even pace; the filter, the passport's reader and the figures' are the
processes that `nwd up` runs, on one tray each; this one reads a third tray as a recipient does. The
clock begins where the publisher's client takes the event, in whole milliseconds, and ends where a
poll gives the record.
"""

import json
import tempfile
import time
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

import psutil
from kafka import KafkaConsumer, TopicPartition

from consumers.tray_reader import TrayReader
from schemas.codec import decode
from schemas.identifiers import AgreementId, EventId, PassportNumber
from schemas.kafka_connection import KafkaConnection
from schemas.trays import in_tray, is_tick, out_tray, split_out_key
from tests.bench.change_times import PATIENCE_SECONDS, spread
from tests.bench.even_load import even_load
from tests.bench.hub_programs import running, say
from tests.bench.prepared_bus import PROVIDER, register, set_up
from tests.bench.servers import embedded_servers
from tests.support.bus_settings import PARTITIONS

FOLLOWED: Final = {
    "passport": AgreementId("one.purpose"),
    "analytics": AgreementId("two.purpose"),
}
READ: Final = AgreementId("three.purpose")
SPARE: Final = AgreementId("bare.copy")
PEOPLE: Final = 2_000
SETTLING_SECONDS: Final = 2.0


class Scene(NamedTuple):
    """Events a second, for how many seconds, and the milliseconds that one may take."""

    rate: int
    seconds: float
    limits: dict[str, float]


SCENES: Final = (
    Scene(50, 20.0, {"p50": 30, "p99": 80}),
    Scene(1_000, 15.0, {"p99": 150}),
)


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where a limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, choices=[scene.rate for scene in SCENES])
    parser.add_argument("--seconds", type=float, help="instead of the scene's")
    options = parser.parse_args()
    scenes = [scene for scene in SCENES if options.rate in (None, scene.rate)]
    with tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder:
        figures = [
            _bench(Path(folder) / str(scene.rate), scene, options.seconds or scene.seconds)
            for scene in scenes
        ]
    print(json.dumps(figures, indent=2))
    return 0 if all(row["is_held"] for row in figures) else 1


def _bench(home: Path, scene: Scene, seconds: float) -> dict[str, Any]:
    home.mkdir()
    with embedded_servers(home) as addresses:
        agreements = [*FOLLOWED.values(), READ]
        hub = set_up(home, addresses, agreements, SPARE)
        people = register(hub, PEOPLE, agreements)
        with ExitStack() as programs:
            programs.enter_context(running(home, addresses.kafka, "filter"))
            for reader, agreement in FOLLOWED.items():
                arguments = (reader, "--agreement", agreement)
                programs.enter_context(running(home, addresses.kafka, *arguments))
            say(f"publishing {scene.rate:,} events a second")
            arrived, began, reached = _read(home, addresses.kafka, people, scene.rate, seconds)
        published = _published(addresses.kafka)
        hub.engine.dispose()
    took = spread([arrived[event_id] - at for event_id, at in published.items() if at >= began])
    is_held = all(took[name] <= limit for name, limit in scene.limits.items())
    return {
        "events_a_second": scene.rate,
        "events": len(published),
        "published_to_read_ms": took,
        "limits_ms": scene.limits,
        **reached,
        "load_average": psutil.getloadavg(),
        "is_held": is_held,
    }


def _read(
    home: Path, kafka: KafkaConnection, people: list[PassportNumber], rate: int, seconds: float
) -> tuple[dict[EventId, float], float, dict[str, float]]:
    """Let events be published, and read the tray meanwhile.

    Return when each event's record was given by a poll, from when on the tray was read without a
    pause, and what the publisher reached.
    """
    arrived: dict[EventId, float] = {}
    with TrayReader(kafka, out_tray(READ)) as tray:
        tray.seek(tray.starts())

        def read_until(at: float, count: int | None = None) -> None:
            while time.monotonic() < at and (count is None or len(arrived) < count):
                batch, now = tray.poll(0.1), time.time()
                for record in batch.records:
                    if not is_tick(record.key):
                        arrived.setdefault(split_out_key(record.key)[1], now)

        with even_load(people, rate, home) as reached:
            read_until(time.monotonic() + SETTLING_SECONDS)  # what came before it was read
            began = time.time()
            read_until(time.monotonic() + seconds)
        read_until(time.monotonic() + PATIENCE_SECONDS, int(reached["load_events"]))
    return arrived, began, reached


def _published(kafka: KafkaConnection) -> dict[EventId, float]:
    """Return when the publisher's client took each event, in seconds of the clock."""
    consumer = KafkaConsumer(**kafka.for_client(), group_id=None)
    places = [TopicPartition(in_tray(PROVIDER), number) for number in range(PARTITIONS)]
    consumer.assign(places)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(places)
    found: dict[EventId, float] = {}
    while any(consumer.position(place) < end for place, end in ends.items()):
        for records in consumer.poll(500, max_records=10_000).values():
            for record in records:
                found[EventId(decode(record.value)["event_id"])] = record.timestamp / 1000
    consumer.close()
    return found


if __name__ == "__main__":
    raise SystemExit(main())
