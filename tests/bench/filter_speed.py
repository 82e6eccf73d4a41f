"""The filter against a bare copy of the same bytes, in one run: `make bench`.

Each event goes to three recipients. The copy is kafka-python alone, fan-out three, without
transactions; beside it runs the program that anybody would write first. The filter is one shard
process with journal, ledger and transactions on, by one client of Kafka and then by the other. The
limits are ratios and sizes, so that they hold on any machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, Final, NamedTuple

import psutil
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from consent_ledger.filter.kafka_logs import open_kafka_log
from consent_ledger.filter.shard import Shard
from deploy.home.secret_files import load_secrets
from deploy.hub import Hub
from deploy.operations.garbage import collecting_when_called
from deploy.operations.shards import acquire_shard
from deploy.settings import Settings, find_addresses
from schemas.categories import Category
from schemas.compiled import BUILD, Build
from schemas.identifiers import AgreementId
from schemas.kafka_connection import KafkaClient, KafkaConnection
from schemas.trays import in_tray, out_tray
from tests.bench.hub_programs import say
from tests.bench.peers.plain_projection import project
from tests.bench.prepared_bus import PROVIDER, enforce_terms, publish, register, set_up
from tests.bench.servers import embedded_servers
from tests.support.bus_settings import PARTITIONS

AGREEMENTS = tuple(map(AgreementId, ("one.purpose", "two.purpose", "three.purpose")))
SPARE = AgreementId("bare.copy")
RATIO_MIN = {KafkaClient.KAFKA_PYTHON: 0.6, KafkaClient.LIBRDKAFKA: 0.7}
RATIO_MIN_PURE: Final = 0.4
"""Where nothing is compiled, by either client."""
MEMORY_MAX_MB = 200
PLAIN_SHARE: Final = 8
"""The plain program is given one event in so many: it would take half of the benchmark's time."""
ROUNDS: Final = 3
"""Copy and filter take turns, so that what else the machine does meets both."""


class Round(NamedTuple):
    """Events a second that were copied and plainly projected, and the figures of a shard."""

    copied: float
    projected: float
    shard: dict[str, Any]

    @property
    def filtered(self) -> float:
        """Events a second that the filter took."""
        rate: float = self.shard["events"] / self.shard["seconds"]
        return rate


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where a limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=120_000)
    parser.add_argument(
        "--client",
        type=KafkaClient,
        choices=list(KafkaClient),
        action="append",
        help="run the filter by this client alone; given again, by that one, too",
    )
    parser.add_argument("--shard", type=Path, help="run the filter on this home (internal)")
    options = parser.parse_args()
    clients: list[KafkaClient] = options.client or list(KafkaClient)
    if options.shard:
        print(json.dumps(run_shard(options.shard, clients[0], options.events)))
        return 0
    with tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder:
        return _bench(Path(folder), clients, options.participants, options.events)


def _bench(home: Path, clients: list[KafkaClient], participants: int, events: int) -> int:
    with embedded_servers(home) as addresses:
        hub = set_up(home, addresses, AGREEMENTS, SPARE)
        enforce_terms(new_shard(hub, clients[0]))
        say(f"registering {participants:,} participants")
        people = register(hub, participants, AGREEMENTS)
        rows, size = dict[str, dict[str, Any]](), 0
        for client in clients:
            rounds = []
            for number in range(1, ROUNDS + 1):
                count = events // ROUNDS
                say(f"round {number} of {ROUNDS}: publishing {count:,} events")
                size = publish(addresses.kafka, people, count)
                say(f"an event has {size} bytes; copying, projecting, filtering by {client}")
                rounds.append(
                    Round(
                        copy(addresses.kafka, count),
                        _projected_plainly(addresses.kafka, count // PLAIN_SHARE),
                        _shard_process(home, client, count),
                    )
                )
            rows[client] = _row(client, rounds)
        figures = {
            "build": BUILD,
            "events": events // ROUNDS * ROUNDS,
            "participants": participants,
            "bytes_per_event": size,
            "memory_limit_mb": MEMORY_MAX_MB,
            **rows,
        }
        print(json.dumps(figures, indent=2))
        hub.engine.dispose()
        return 0 if all(map(_is_held, rows.values())) else 1


def _projected_plainly(kafka: KafkaConnection, count: int) -> float:
    return project(
        kafka,
        in_tray(PROVIDER),
        out_tray(SPARE),
        partitions=PARTITIONS,
        count=count,
        recipients=len(AGREEMENTS),
        opened=(Category.PARTICIPATION, Category.PROGRESS),
    )


def _row(client: KafkaClient, rounds: list[Round]) -> dict[str, Any]:
    """Return the figures of a client: medians of the rounds, and the ratio of each."""
    ratios = [each.filtered / each.copied for each in rounds]
    spent = [each.shard["cpu_microseconds_per_event"] for each in rounds]
    return {
        "copy_events_per_second": round(median(each.copied for each in rounds)),
        "plain_projection_events_per_second": round(median(each.projected for each in rounds)),
        "filter_events_per_second": round(median(each.filtered for each in rounds)),
        "ratio_to_plain_projection": round(
            median(each.filtered / each.projected for each in rounds), 2
        ),
        "ratio": round(median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in sorted(ratios)],
        "ratio_limit": RATIO_MIN[client] if BUILD is Build.COMPILED else RATIO_MIN_PURE,
        "cpu_microseconds_per_event": {
            name: round(median(each[name] for each in spent)) for name in spent[0]
        },
        "filter_memory_mb": max(each.shard["memory_mb"] for each in rounds),
    }


def _is_held(row: dict[str, Any]) -> bool:
    return bool(row["ratio"] >= row["ratio_limit"] and row["filter_memory_mb"] <= MEMORY_MAX_MB)


def copy(kafka: KafkaConnection, count: int) -> float:
    """Copy every event three times, as plainly as kafka-python can; return events a second."""
    topic = in_tray(PROVIDER)
    consumer = KafkaConsumer(
        **kafka.for_client(), group_id=None, max_partition_fetch_bytes=4 * 1024 * 1024
    )
    places = [TopicPartition(topic, partition) for partition in range(PARTITIONS)]
    consumer.assign(places)
    consumer.seek_to_beginning()
    producer = KafkaProducer(**kafka.for_client(), linger_ms=5, batch_size=256 * 1024, acks="all")
    begin, cpu, left = time.perf_counter(), time.process_time(), count
    while left > 0:
        for batch in consumer.poll(1000, max_records=2000).values():
            left -= len(batch)
            for record in batch:
                for _ in range(3):
                    producer.send(
                        out_tray(SPARE),
                        record.value,
                        record.key,
                        partition=record.partition,
                    )
    producer.flush()
    took = time.perf_counter() - begin
    say(f"the copy took {(time.process_time() - cpu) / count * 1e6:.0f} us of CPU an event")
    consumer.close()
    producer.close()
    return count / took


def new_shard(hub: Hub, client: KafkaClient) -> Shard:
    """Return the shard, acquired."""
    return acquire_shard(hub, 0, open_kafka_log(client, hub.addresses.kafka, "filter-0"))


def run_shard(home: Path, client: KafkaClient, events: int) -> dict[str, Any]:
    """Run the shard until it has taken so many events; return seconds and peak memory."""
    settings = Settings(home=home, partitions=PARTITIONS)
    addresses = find_addresses(settings)
    hub = Hub(settings, addresses, load_secrets(home, settings.ledger_name))
    shard = new_shard(hub, client)
    before = servers_cpu()
    done, begin, cpu = 0, time.perf_counter(), time.process_time()
    with collecting_when_called() as collect:
        while done < events:
            done += shard.turn(1.0).events
            collect()
    took = time.perf_counter() - begin
    spent = {"filter": time.process_time() - cpu}
    spent |= {name: after - before[name] for name, after in servers_cpu().items()}
    return {
        "events": done,
        "seconds": took,
        "cpu_microseconds_per_event": {
            name: round(seconds / done * 1e6) for name, seconds in spent.items()
        },
        "memory_mb": peak_memory_mb(),
    }


def servers_cpu() -> dict[str, float]:
    """Return the seconds of processor time that the benchmark's servers have taken so far."""
    spent = dict.fromkeys(("postgres", "java"), 0.0)
    for process in psutil.Process(os.getppid()).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            name, times = process.name(), process.cpu_times()
            if name in spent:
                spent[name] += times.user + times.system
    return spent


def peak_memory_mb() -> int:
    """Return this process's peak memory: what rusage says includes the parent's at the fork."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    raise RuntimeError("the kernel does not say")


def _shard_process(home: Path, client: KafkaClient, events: int) -> dict[str, Any]:
    command = [sys.executable, "-m", __spec__.name, "--shard", str(home)]
    command += ["--client", client, "--events", str(events)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=600)  # noqa: S603 - this very file
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    raise SystemExit(main())
