"""The filter against a bare copy of the same bytes, in one run: `make bench`.

Each event goes to three recipients. The copy is kafka-python alone, fan-out three, without
transactions; the filter is one shard process with journal, ledger and transactions on, by one
client of Kafka and then by the other. The limits are ratios and sizes, so that they hold on any
machine.
"""

import json
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from consent_ledger.filter.kafka_logs import open_kafka_log
from consent_ledger.filter.postgres_store import PostgresStore
from consent_ledger.filter.shard import Shard, ShardSettings
from deploy.home.secret_files import load_secrets
from deploy.hub import Hub
from deploy.programs.filter import collecting_between_turns
from deploy.settings import Settings, find_addresses
from schemas.identifiers import AgreementId
from schemas.kafka_connection import KafkaClient, KafkaConnection
from schemas.trays import in_tray, out_tray
from tests.bench.prepared_bus import PROVIDER, publish, register, set_up
from tests.bench.servers import embedded_servers
from tests.support.bus_settings import PARTITIONS

AGREEMENTS = tuple(map(AgreementId, ("one.purpose", "two.purpose", "three.purpose")))
SPARE = AgreementId("bare.copy")
RATIO_MIN = {KafkaClient.KAFKA_PYTHON: 0.4, KafkaClient.LIBRDKAFKA: 0.4}
MEMORY_MAX_MB = 200


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where a limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=100_000)
    parser.add_argument("--events", type=int, default=100_000)
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
        new_shard(hub, clients[0]).turn(0)  # enforce the agreements while nobody has events
        _say(f"registering {participants:,} participants")
        people = register(hub, participants, AGREEMENTS)
        size, copied, rows = 0, 0.0, dict[str, dict[str, Any]]()
        for client in clients:
            halves = events // 2
            _say(f"publishing {events:,} events")
            size = publish(addresses.kafka, people, halves)
            publish(addresses.kafka, people, events - halves)
            if not copied:
                _say(f"an event has {size} bytes; copying")
                copied = copy(addresses.kafka, events)
            _say(f"filtering by {client}")
            first = _shard_process(home, client, halves)
            second = _shard_process(home, client, events - first["events"])  # it may have more
            filtered = events / (first["seconds"] + second["seconds"])
            rows[client] = {
                "filter_events_per_second": round(filtered),
                "ratio": round(filtered / copied, 2),
                "ratio_limit": RATIO_MIN[client],
                "filter_cpu_microseconds_per_event": second["cpu_microseconds_per_event"],
                "filter_memory_mb": [first["memory_mb"], second["memory_mb"]],
            }
        figures = {
            "events": events,
            "participants": participants,
            "bytes_per_event": size,
            "copy_events_per_second": round(copied),
            "memory_limit_mb": MEMORY_MAX_MB,
            **rows,
        }
        print(json.dumps(figures, indent=2))
        hub.engine.dispose()
        return 0 if all(map(_is_held, rows.values())) else 1


def _is_held(row: dict[str, Any]) -> bool:
    return (
        bool(row["ratio"] >= row["ratio_limit"]) and max(row["filter_memory_mb"]) <= MEMORY_MAX_MB
    )


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
    while left:
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
    _say(f"the copy took {(time.process_time() - cpu) / count * 1e6:.0f} us of CPU an event")
    consumer.close()
    producer.close()
    return count / took


def new_shard(hub: Hub, client: KafkaClient) -> Shard:
    """Return the shard, acquired."""
    settings = ShardSettings(
        0,
        vault=hub.vault,
        pepper=hub.secrets.pepper,
        partitions=PARTITIONS,
        clock=hub.clock,
    )
    log = open_kafka_log(client, hub.addresses.kafka, "filter-0")
    return Shard.acquire(PostgresStore(hub.engine), log, settings)


def run_shard(home: Path, client: KafkaClient, events: int) -> dict[str, Any]:
    """Run the shard until it has taken so many events; return seconds and peak memory."""
    settings = Settings(home=home, partitions=PARTITIONS)
    addresses = find_addresses(settings)
    hub = Hub(settings, addresses, load_secrets(home, settings.ledger_name))
    shard = new_shard(hub, client)
    done, begin, cpu = 0, time.perf_counter(), time.process_time()
    with collecting_between_turns() as collect:
        while done < events:
            done += shard.turn(1.0).events
            collect()
    took = time.perf_counter() - begin
    cpu = time.process_time() - cpu
    return {
        "events": done,
        "seconds": took,
        "cpu_microseconds_per_event": round(cpu / done * 1e6),
        "memory_mb": peak_memory_mb(),
    }


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


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
