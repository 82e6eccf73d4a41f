"""The audit against a bare reading of the same trays by the same client, in one run: `make bench`.

The bus is the shipped one, its trays filled by the filter. Each is a process of its own, and the
audit has more of them, as many as it chooses: their memory and processor time are those of all
together. Then the trays are made longer, and the audit is run again: its memory must not follow.
"""

import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psutil

from consumers.tray_reader import read_tray
from deploy.operations.audit import audit_hub
from deploy.operations.cores import cores
from tests.bench.filled_trays import TRAYS, add_people, filter_all, hub_of, publish, set_up
from tests.bench.hub_programs import say
from tests.bench.own_records import clients_own_records
from tests.bench.servers import embedded_servers

RATIO_MIN: Final = 0.18
"""In processor time: of the shorter trays a sixth is for starting processes."""
TIME_RATIO_MIN: Final = 0.35
"""In time, where there are two cores; one process would reach 0.3."""
MEMORY_GROWTH_MAX: Final = 1.3
LONGER: Final = 4
SAMPLED_SECONDS: Final = 0.1


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where a limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=15_000)
    parser.add_argument("--read", type=Path, help="read this home's trays (internal)")
    parser.add_argument("--audit", type=Path, help="audit this home's trays (internal)")
    options = parser.parse_args()
    if options.read:
        print(json.dumps(_read(options.read)))
        return 0
    if options.audit:
        print(json.dumps(_audit(options.audit)))
        return 0
    with tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder:
        return _bench(Path(folder), options.participants, options.events)


def _bench(home: Path, participants: int, events: int) -> int:
    with embedded_servers(home) as addresses:
        hub = set_up(home, addresses)
        people = add_people(hub, participants)
        rows = []
        for more in (events, (LONGER - 1) * events):
            say(f"publishing and filtering {more:,} events")
            publish(hub, people, more)
            filter_all(hub)
            say("reading, and auditing")
            rows.append({"read": _process("--read", home), "audit": _process("--audit", home)})
        hub.engine.dispose()
    ratios = [row["read"]["cpu_seconds"] / row["audit"]["cpu_seconds"] for row in rows]
    time_ratios = [row["read"]["seconds"] / row["audit"]["seconds"] for row in rows]
    time_limit = TIME_RATIO_MIN if cores() > 1 else 0.0
    memory = [row["audit"]["memory_mb"] for row in rows]
    figures = {
        "participants": participants,
        "records": [row["audit"]["records"] for row in rows],
        "differences": sum(row["audit"]["differences"] for row in rows),
        "read_records_per_second": [_rate(row["read"]) for row in rows],
        "audit_records_per_second": [_rate(row["audit"]) for row in rows],
        "ratio": [round(ratio, 2) for ratio in ratios],
        "ratio_limit": RATIO_MIN,
        "time_ratio": [round(ratio, 2) for ratio in time_ratios],
        "time_ratio_limit": time_limit,
        "audit_memory_mb": memory,
        "memory_growth": round(memory[1] / memory[0], 2),
        "memory_growth_limit": MEMORY_GROWTH_MAX,
    }
    print(json.dumps(figures, indent=2))
    held = min(ratios) >= RATIO_MIN and min(time_ratios) >= time_limit
    held = held and memory[1] <= MEMORY_GROWTH_MAX * memory[0]
    return 0 if held and not figures["differences"] else 1


def _rate(row: dict[str, Any]) -> int:
    return int(row["records"] / row["seconds"])


def _read(home: Path) -> dict[str, Any]:
    hub = hub_of(home)
    begin, cpu = time.perf_counter(), time.process_time()
    with clients_own_records():
        records = sum(1 for topic in TRAYS for _ in read_tray(hub.addresses.kafka, topic))
    return {
        "records": records,
        "seconds": time.perf_counter() - begin,
        "cpu_seconds": time.process_time() - cpu,
    }


def _audit(home: Path) -> dict[str, Any]:
    hub = hub_of(home)
    with _peak_memory() as peak:
        begin, cpu = time.perf_counter(), _cpu_seconds()
        report = audit_hub(hub)
        seconds, cpu = time.perf_counter() - begin, _cpu_seconds() - cpu
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "records": sum(report.trays.values()),
        "differences": len(report.differences),
        "memory_mb": max(peak) >> 20,
    }


def _cpu_seconds() -> float:
    """Return the processor time of this process, and of those that it started and that ended."""
    of_others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + of_others.ru_utime + of_others.ru_stime


@contextmanager
def _peak_memory() -> Iterator[list[int]]:
    """Note again and again what this process and those that it has started take, in bytes."""
    noted, end = [0], threading.Event()
    me = psutil.Process()

    def note() -> None:
        while not end.wait(SAMPLED_SECONDS):
            with suppress(psutil.NoSuchProcess):  # one that has just ended
                noted.append(sum(one.memory_info().rss for one in (me, *me.children())))

    thread = threading.Thread(target=note)
    thread.start()
    try:
        yield noted
    finally:
        end.set()
        thread.join()


def _process(what: str, home: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", __spec__.name, what, str(home)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=600)  # noqa: S603 - this very file
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    raise SystemExit(main())
