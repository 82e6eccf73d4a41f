"""What an event costs the filter among many people, agreements and earlier events of its person.

A shard with everything on, on a real PostgreSQL and a log in memory: what the log takes does not
depend on these. Processor time an event, of the filter and of PostgreSQL, of many held against few
in the same run. The same people have as many events in both.
"""

import gc
import json
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import psutil

from consent_ledger.filter.shard import Shard
from deploy.hub import Hub
from deploy.operations.shards import acquire_shard
from deploy.settings import Addresses
from schemas.identifiers import AgreementId, PassportNumber
from schemas.kafka_connection import KafkaConnection
from schemas.trays import in_tray, partition_of
from tests.bench.filter_speed import AGREEMENTS
from tests.bench.hub_programs import say
from tests.bench.prepared_bus import PROVIDER, enforce_terms, new_bus, new_events, register
from tests.bench.servers import embedded_postgres
from tests.support.bus_settings import PARTITIONS
from tests.support.fakes import ManualClock, MemoryBroker, MemoryEventLog

RATIO_MAX: Final = 1.5
ROUNDS: Final = 3
"""Of each measurement the cheapest counts: what else the machine does only adds to it."""

_PEOPLE: Final = 10_000
_EARLIER: Final = 10


class _Bus(NamedTuple):
    """A bus, its one shard, and the log in memory that the shard reads."""

    hub: Hub
    shard: Shard
    broker: MemoryBroker


def main() -> int:
    """Print what an event costs among few and among many; return 1 where a limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--participants", type=int, default=1_000_000)
    parser.add_argument("--agreements", type=int, default=3_000)
    parser.add_argument("--events-of-a-person", type=int, default=50_000)
    parser.add_argument("--events", type=int, default=10_000, help="in each measurement")
    options = parser.parse_args()
    rows = {
        "participants": _among_people(options.participants, options.events),
        "agreements": _among_agreements(options.agreements, options.events),
        "events_of_a_person": _of_one_person(options.events_of_a_person, options.events),
    }
    print(json.dumps(rows | {"ratio_limit": RATIO_MAX}, indent=2))
    return 0 if all(row["ratio"] <= RATIO_MAX for row in rows.values()) else 1


def _among_people(most: int, events: int) -> dict[str, Any]:
    few = min(_PEOPLE, most)
    with _bus() as bus:
        people = register(bus.hub, few, AGREEMENTS)
        first = _cost(bus, people, events)
        say(f"registering {most:,} people")
        register(bus.hub, most - few, AGREEMENTS)
        return _row(few, first, most, _cost(bus, people, events))


def _among_agreements(most: int, events: int) -> dict[str, Any]:
    found = []
    for count in (len(AGREEMENTS), most):
        say(f"entering {count:,} agreements")
        with _bus(count - len(AGREEMENTS)) as bus:
            people = register(bus.hub, _PEOPLE, AGREEMENTS)
            found.append(_cost(bus, people, events))
    return _row(len(AGREEMENTS), found[0], most, found[1])


def _of_one_person(most: int, events: int) -> dict[str, Any]:
    with _bus() as bus:
        few, many = ([one] for one in register(bus.hub, 2, AGREEMENTS))
        _cost(bus, few, _EARLIER, rounds=1)
        say(f"{most:,} events of one person")
        _cost(bus, many, most, rounds=1)
        costs = [_cost(bus, few, events, rounds=1), _cost(bus, many, events, rounds=1)]
        return _row(_EARLIER, costs[0], most, costs[1])


def _row(few: int, first: float, many: int, second: float) -> dict[str, Any]:
    return {
        f"microseconds_at_{few}": round(first),
        f"microseconds_at_{many}": round(second),
        "ratio": round(second / first, 2),
    }


@contextmanager
def _bus(more_agreements: int = 0) -> Iterator[_Bus]:
    """Give a bus with three agreements, and so many more of which nobody has heard."""
    others = [AgreementId(f"recipient-{number}.purpose") for number in range(more_agreements)]
    with (
        tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder,
        embedded_postgres(Path(folder)) as postgres,
    ):
        nowhere = KafkaConnection("localhost:1")
        addresses = Addresses(nowhere, postgres.url, postgres.owner_url, manages_access=False)
        hub = new_bus(Path(folder), addresses, [*AGREEMENTS, *others])
        broker = MemoryBroker(ManualClock(datetime.now(UTC)))
        shard = acquire_shard(hub, 0, MemoryEventLog(broker, "filter"))
        enforce_terms(shard)
        yield _Bus(hub, shard, broker)
        hub.engine.dispose()


def _cost(bus: _Bus, people: Sequence[PassportNumber], events: int, rounds: int = ROUNDS) -> float:
    """Return the microseconds of processor time that each of so many new events took."""
    found = []
    topic = in_tray(PROVIDER)
    for _ in range(rounds):
        for one, value in islice(new_events(people), events):
            bus.broker.append(
                topic, partition_of(PassportNumber(one), PARTITIONS), one.encode(), value
            )
        gc.collect()
        begun, left = _spent(), events
        while left:
            left -= bus.shard.turn(0).events
        found.append((_spent() - begun) / events * 1e6)
    return min(found)


def _spent() -> float:
    """Return the seconds of processor time of this process and of its PostgreSQL so far."""
    spent = time.process_time()
    for process in psutil.Process().children(recursive=True):
        times = process.cpu_times()
        spent += times.user + times.system
    return spent


if __name__ == "__main__":
    raise SystemExit(main())
