"""The hub's readers against the same client reading the same tray without storing: `make bench`.

The bus is the shipped one, its trays filled by the filter. Each tray is read bare and followed into
empty tables, in turn, so that what else the machine does meets both; the ratio is the median's.
"""

import json
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from statistics import median
from typing import Any, Final

from sqlalchemy import delete

from consumers.analytics.facts import AnalyticsFacts
from consumers.follower import Turn
from consumers.passport.facts import PassportFacts
from consumers.projection import Projection
from consumers.tray_reader import TrayReader
from deploy.hub import Hub
from deploy.operations.garbage import collecting_when_called
from deploy.programs.read_trays import PASSPORT_AGREEMENT, STATISTICS_AGREEMENT
from deploy.programs.readers import tray_follower
from schemas.identifiers import TopicName
from schemas.trays import out_tray
from tests.bench.filled_trays import add_people, filter_all, publish, set_up
from tests.bench.hub_programs import say
from tests.bench.own_records import clients_own_records
from tests.bench.servers import embedded_servers

RATIO_MIN: Final = 0.45
ROUNDS: Final = 3
PATIENCE_SECONDS: Final = 300.0


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where a limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=15_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder:
        return _bench(Path(folder), options.participants, options.events)


def _bench(home: Path, participants: int, events: int) -> int:
    with embedded_servers(home) as addresses:
        hub = set_up(home, addresses)
        people = add_people(hub, participants)
        say(f"publishing and filtering {events:,} events")
        publish(hub, people, events)
        filter_all(hub)
        figures = measured(hub)
        hub.engine.dispose()
    print(json.dumps(figures, indent=2))
    return 0 if all(row["ratio"] >= RATIO_MIN for row in figures["readers"]) else 1


def measured(hub: Hub) -> dict[str, Any]:
    """Return how quickly each tray is read, and followed."""
    readers: dict[str, tuple[TopicName, Projection]] = {
        "passport": (out_tray(PASSPORT_AGREEMENT), PassportFacts(hub.vault)),
        "analytics": (out_tray(STATISTICS_AGREEMENT), AnalyticsFacts()),
    }
    rows = []
    for name, (topic, projection) in readers.items():
        say(f"reading and following {topic}")
        rounds = [(_read(hub, topic), follow(hub, topic, projection)) for _ in range(ROUNDS)]
        bare, followed = (list(rates) for rates in zip(*rounds, strict=True))
        ratios = [mine / its for its, mine in rounds]
        rows.append(
            {
                "reader": name,
                "read_records_per_second": round(median(bare)),
                "followed_records_per_second": round(median(followed)),
                "ratio": round(median(ratios), 2),
                "ratios": [round(ratio, 2) for ratio in sorted(ratios)],
            }
        )
    return {"ratio_limit": RATIO_MIN, "readers": rows}


def _read(hub: Hub, topic: TopicName) -> float:
    """Read a tray to its end by the bare client, and return records a second."""
    with (
        clients_own_records(),
        TrayReader(hub.addresses.kafka, topic) as tray,
        collecting_when_called() as collect,
    ):
        begin, count = time.perf_counter(), 0
        at = tray.starts()
        tray.seek(at)
        while any(at[partition] < held.stop for partition, held in tray.held.items()):
            batch = tray.poll(1.0)
            count, at = count + len(batch.records), batch.positions
            collect()
        return count / (time.perf_counter() - begin)


def follow(hub: Hub, topic: TopicName, projection: Projection) -> float:
    """Follow a tray from its start into empty tables, and return records a second."""
    with hub.engine.begin() as connection:
        connection.execute(delete(projection.position))
    with TrayReader(hub.addresses.kafka, topic) as tray:
        counts: list[int] = []
        with collecting_when_called() as collect:

            def on_turn(turn: Turn) -> None:
                counts.append(turn.upserted + turn.deleted)
                collect()

            follower = tray_follower(hub, tray, projection, on_turn)
            begin = time.perf_counter()
            follower.catch_up(PATIENCE_SECONDS)
            return sum(counts) / (time.perf_counter() - begin)


if __name__ == "__main__":
    raise SystemExit(main())
