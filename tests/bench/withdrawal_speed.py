"""From a withdrawal's entry in the ledger to its enforcement, in one run: `make bench`.

The filter is the process that `nwd up` runs. Each withdrawal is followed by a grant that opens the
same again. Two scenes: an idle bus, and one on which a process of its own publishes other people's
events at an even pace. Limits are milliseconds; beside them stands the yardstick, measured between
one change and the next: two commits and a Kafka transaction of the same records, bare. A machine
that is slow or busy, or a disk that stalls, shows there.
"""

import json
import random
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from kafka import KafkaConsumer

from consent_ledger.consent.changes import ALL, Grant, Withdrawal
from deploy.hub import Hub
from schemas.identifiers import AgreementId, PassportNumber
from tests.bench.change_times import (
    Timing,
    records_since,
    spread,
    stages_of,
    timed,
    trays_are_right,
)
from tests.bench.even_load import even_load, lag_of
from tests.bench.hub_programs import running, wait_until_disclosed
from tests.bench.prepared_bus import publish, register, set_up
from tests.bench.servers import embedded_servers
from tests.bench.yardstick import Yardstick

AGREEMENTS: Final = (
    AgreementId("one.purpose"),
    AgreementId("two.purpose"),
    AgreementId("three.purpose"),
    AgreementId("four.purpose"),
    AgreementId("five.purpose"),
)
SPARE: Final = AgreementId("bare.copy")
OTHERS: Final = 2_000
START_SECONDS: Final = 3.0
"""A filter is ready by then: what it takes of the processor until then is its start."""
START_MAX_SECONDS: Final = 1.0
"""Of the processor."""
IDLE_SECONDS: Final = 10.0
"""How long the filter's use of the processor is watched while there is nothing to do."""
IDLE_MAX_PERCENT: Final = 1.0
"""Of a core."""
LAG_LIMIT_SECONDS: Final = 1.0
"""A filter that is further behind than this does not keep up."""


@dataclass(frozen=True)
class Scene:
    """What is measured, and the milliseconds from recorded to enforced that it may take.

    Each of the people has so many events, sent to so many recipients. Between two changes passes a
    pause of any length up to the given one. `load` is other people's events a second.
    """

    name: str
    events: int
    recipients: int
    withdrawals: int
    people: int
    pause_seconds: float
    limits: dict[str, float]
    load: int = 0


IDLE: Final = Scene("idle", 10, 3, 400, 50, 0.05, {"p50": 34, "p99": 50})
LOADED: Final = Scene("under load", 50, 5, 150, 20, 0.2, {"p99": 250}, load=1_000)


def main() -> int:
    """Run the benchmark, print its figures, and return 1 where a limit is not kept."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--scene", choices=[IDLE.name, LOADED.name], help="one scene alone")
    parser.add_argument("--withdrawals", type=int, help="instead of the scene's number")
    options = parser.parse_args()
    scenes = [one for one in (IDLE, LOADED) if options.scene in (None, one.name)]
    with tempfile.TemporaryDirectory(prefix="nwd-bench-") as folder:
        figures = [_bench(Path(folder), one, options.withdrawals) for one in scenes]
    print(json.dumps(figures, indent=2))
    return 0 if all(one["is_held"] for one in figures) else 1


def _bench(folder: Path, scene: Scene, withdrawals: int | None) -> dict[str, Any]:
    home = folder / scene.name.replace(" ", "-")
    home.mkdir()
    with embedded_servers(home) as addresses:
        hub = set_up(home, addresses, AGREEMENTS, SPARE)
        people = register(hub, scene.people, AGREEMENTS[: scene.recipients])
        others = register(hub, OTHERS, AGREEMENTS[:3])
        with running(home, addresses.kafka, "filter") as process:
            started = start_cpu(process)
            publish(addresses.kafka, people, scene.events * scene.people)
            wait_until_disclosed(hub, scene.events * scene.people * scene.recipients)
            busy = idle_cpu(process)
            with even_load(others, scene.load, home) as published:
                withdrawn, granted, bare, lag = _measure(hub, scene, people, withdrawals)
        written = records_since(addresses.kafka, AGREEMENTS, withdrawn[0].seq)
        stages = stages_of(hub, written, withdrawn)
        is_right = trays_are_right(written, scene.events, withdrawn, granted)
        hub.engine.dispose()
    took = spread([one.enforced - one.recorded for one in withdrawn])
    figures = {
        "scene": scene.name,
        "withdrawals": len(withdrawn),
        "events": scene.events,
        "recipients": scene.recipients,
        "recorded_to_enforced_ms": took,
        "limits_ms": scene.limits,
        "call_to_return_ms": spread([one.returned - one.begun for one in withdrawn]),
        "grant_recorded_to_enforced_ms": spread([one.enforced - one.recorded for one in granted]),
        "stages_ms": stages,
        "yardstick_ms": bare,
        "ratio_to_yardstick": {one: round(took[one] / bare[one], 2) for one in ("p50", "p99")},
        "filter_start_cpu_seconds": started,
        "filter_start_limit_seconds": START_MAX_SECONDS,
        "filter_idle_cpu_percent": busy,
        "filter_idle_limit_percent": IDLE_MAX_PERCENT,
        "only_changed_trays_written": is_right,
        "load_average": psutil.getloadavg(),
    }
    is_held = (
        is_right
        and all(took[name] < limit for name, limit in scene.limits.items())
        and started <= START_MAX_SECONDS
        and busy <= IDLE_MAX_PERCENT
    )
    if scene.load:
        figures |= {"load_asked_events_per_second": scene.load, **published, "lag_events": lag}
        is_held &= max(lag) <= scene.load * LAG_LIMIT_SECONDS
    return figures | {"is_held": is_held}


def _measure(
    hub: Hub, scene: Scene, people: Sequence[str], withdrawals: int | None
) -> tuple[list[Timing], list[Timing], dict[str, float], list[int]]:
    """Withdraw and grant again, one person after another, at any moment of the filter's turn."""
    withdrawn, granted, lag = [], [], []
    bare = Yardstick(hub, SPARE, scene.events)
    consumer = KafkaConsumer(**hub.addresses.kafka.for_client(), group_id=None)
    for number in range(withdrawals or scene.withdrawals):
        participant_id = people[number % scene.people]
        agreement_id = AGREEMENTS[number // scene.people % scene.recipients]
        withdrawn.append(
            timed(
                hub,
                Withdrawal(
                    number=PassportNumber(participant_id), agreement=AgreementId(agreement_id)
                ),
            )
        )
        time.sleep(random.uniform(0, scene.pause_seconds))  # noqa: S311 - a pause
        again = Grant(
            number=PassportNumber(participant_id),
            agreement=AgreementId(agreement_id),
            categories=ALL,
        )
        granted.append(timed(hub, again))
        bare.measure()
        time.sleep(random.uniform(0, scene.pause_seconds))  # noqa: S311 - a pause
        if number % 20 == 0:
            lag.append(lag_of(hub, consumer))
    consumer.close()
    bare.close()
    return withdrawn, granted, spread(bare.took), lag


def start_cpu(process: psutil.Process) -> float:
    """Return the seconds of the processor that a filter has taken when it is ready."""
    time.sleep(START_SECONDS)
    times = process.cpu_times()
    return round(times.user + times.system, 2)


def idle_cpu(process: psutil.Process) -> float:
    """Return the share of a core that the filter takes while there is nothing to do."""
    time.sleep(1)  # the end of what it did before
    process.cpu_percent()
    return process.cpu_percent(IDLE_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
