"""Two shards of the filter against one, each a process, in one run: `make bench`.

The same number of events is filtered by one, by two, and by one again, so that what grows meanwhile
is in both. Then Kafka Streams and Quix Streams do the projection alone with all of them, where they
are.

Kafka, PostgreSQL and the shards share the machine's cores: the ratio says what a second shard
brings there, and the processor time of an event what it could at most.
"""

import json
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any, Final, NamedTuple

from deploy.home.secret_files import load_secrets
from deploy.hub import Hub
from deploy.operations.garbage import collecting_when_called
from deploy.operations.shards import acquire_shard, divide_partitions, open_log, shard_at
from deploy.settings import Settings, find_addresses
from schemas.categories import Category
from schemas.kafka_connection import KafkaConnection
from schemas.trays import in_tray, out_tray
from tests.bench.filter_speed import AGREEMENTS, SPARE, servers_cpu
from tests.bench.peers import kafka_streams, quix_streams
from tests.bench.peers.watched_program import Projected, Projection
from tests.bench.prepared_bus import PROVIDER, publish, register, set_up
from tests.bench.servers import embedded_servers
from tests.support.bus_settings import PARTITIONS

ROUNDS: Final = (1, 2, 1)
RATIO_MIN: Final = 1.4
QUIET_SECONDS: Final = 3.0
"""A shard that has had no event for so long has taken all that there were."""


class Round(NamedTuple):
    """How quick some shards were, and the processor time of an event, in microseconds."""

    events_per_second: float
    cpu: dict[str, int]


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where the limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=20_000)
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--home", type=Path, help="run a shard on this home (internal)")
    parser.add_argument("--place", type=int, default=0, help="which of its shards (internal)")
    options = parser.parse_args()
    if options.home:
        print(json.dumps(_run_shard(_hub_of(options.home), options.place)))
        return 0
    with tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder:
        return _bench(Path(folder), options.participants, options.events)


def _bench(home: Path, participants: int, events: int) -> int:
    rounds: list[Round] = []
    with embedded_servers(home) as addresses:
        hub = set_up(home, addresses, AGREEMENTS, SPARE)
        people = register(hub, participants, AGREEMENTS)
        for shards in ROUNDS:
            divide_partitions(hub, shards)
            publish(addresses.kafka, people, events)
            rounds.append(_filter_by(home, shards, events))
            print(f"{shards} shards: {rounds[-1]}", file=sys.stderr, flush=True)
        hub.engine.dispose()
        peers = _beside(addresses.kafka, events * len(ROUNDS), rounds[1].events_per_second)
    first, two, last = rounds
    ratio = two.events_per_second / mean((first.events_per_second, last.events_per_second))
    figures = {
        "events": events,
        "shards": ROUNDS,
        "events_per_second": [round(each.events_per_second) for each in rounds],
        "cpu_microseconds_per_event": [each.cpu for each in rounds],
        "ratio": round(ratio, 2),
        "ratio_limit": RATIO_MIN,
        **peers,
    }
    print(json.dumps(figures, indent=2))
    return 0 if ratio >= RATIO_MIN else 1


def _beside(
    kafka: KafkaConnection, events: int, two_shards: float
) -> dict[str, dict[str, float] | str]:
    """Return how quick the bare projection is by each peer, or what is missing for it."""
    what = Projection(
        source=in_tray(PROVIDER),
        target=out_tray(SPARE),
        partitions=PARTITIONS,
        events=events,
        recipients=len(AGREEMENTS),
        opened=(Category.PARTICIPATION, Category.PROGRESS),
    )
    java, quix = kafka_streams.stream(kafka, what), quix_streams.stream(kafka, what)
    return {
        "kafka_streams": _peer(java, two_shards) or kafka_streams.MISSING,
        "quix_streams": _peer(quix, two_shards) or quix_streams.MISSING,
    }


def _peer(found: Projected | None, two_shards: float) -> dict[str, float] | None:
    if found is None:
        return None
    return {
        "events_per_second": round(found.events_per_second),
        "warm_events_per_second": round(found.warm_events_per_second),
        "two_shards_to_warm": round(two_shards / found.warm_events_per_second, 2),
    }


def _filter_by(home: Path, shards: int, events: int) -> Round:
    """Let so many processes take all events."""
    command = [sys.executable, "-m", __spec__.name, "--home", str(home), "--place"]
    processes = [
        subprocess.Popen([*command, str(place)], stdout=subprocess.PIPE)  # noqa: S603 - this very file
        for place in range(shards)
    ]
    found = [json.loads(process.communicate(timeout=600)[0]) for process in processes]
    taken = sum(row["events"] for row in found)
    if taken != events:
        raise RuntimeError(f"{taken} of {events} events were taken")
    seconds: float = max(row["ended"] for row in found) - min(row["begun"] for row in found)
    spent = found[0]["servers"] | {"filter": sum(row["cpu"] for row in found)}
    return Round(events / seconds, {name: round(of / events * 1e6) for name, of in spent.items()})


def _run_shard(hub: Hub, place: int) -> dict[str, Any]:
    """Run a shard until no event comes; say how many it took, and in which time."""
    shard_id = shard_at(hub, place)
    shard = acquire_shard(hub, shard_id, open_log(hub, shard_id))
    before, cpu = servers_cpu(), time.process_time()
    events, begun = 0, time.time()
    ended = begun
    with collecting_when_called() as collect:
        while time.time() < ended + QUIET_SECONDS:
            report = shard.turn(0.1)
            if report.events:
                events, ended = events + report.events, time.time()
            collect()
    servers = {name: after - before[name] for name, after in servers_cpu().items()}
    spent = {"cpu": time.process_time() - cpu, "servers": servers}
    return {"events": events, "begun": begun, "ended": ended, **spent}


def _hub_of(home: Path) -> Hub:
    settings = Settings(home=home, partitions=PARTITIONS)
    addresses = replace(find_addresses(settings), manages_access=False)
    return Hub(settings, addresses, load_secrets(home, settings.ledger_name))


if __name__ == "__main__":
    raise SystemExit(main())
