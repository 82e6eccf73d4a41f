"""Kill after kill by a seed, with what each cost: a campaign that can be fought again."""

import random
import signal
import statistics
import time
import traceback
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Self

import psutil

from consent_ledger.filter.failpoints import TurnStep
from deploy.one_machine.embedded.ports import free_ports
from schemas.kafka_connection import KafkaClient
from tests.kills.bus_under_load import RECOVERY_SECONDS, BusUnderLoad, Findings
from tests.support.filter_with_failpoint import start_filter_with_failpoint
from tests.support.up_process import UpProcess, processes_in, wait_until

WEIGHTS: Final = {
    "filter": 10,
    "filter at a failpoint": 10,
    "kafka": 8,
    "postgres": 6,
    "a backend of postgres": 6,
    "passport": 3,
    "analytics": 3,
    "web": 1,
    "nwd up": 2,
    "filter and postgres": 2,
    "filter and kafka": 2,
    "kafka and postgres": 2,
}
"""How often each is chosen. Two at once count as one kill, of both."""
KILLS_BETWEEN_AUDITS: Final = 5
LONGEST_PAUSE_SECONDS: Final = 1.0
LATEST_PASS: Final = 10
LAST_LINES: Final = 60

Say = Callable[[str], None]


@dataclass
class Campaign:
    """What was killed, how long the bus took to come back, and what was found wrong."""

    seed: int
    findings: Findings = field(default_factory=Findings)
    recoveries: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    tracebacks: list[str] = field(default_factory=list)
    broken_off: list[str] = field(default_factory=list)
    """What ended it too soon, and the last lines that the bus said before."""

    @property
    def kills(self) -> int:
        """How many kills there were."""
        return sum(map(len, self.recoveries.values()))

    @property
    def faults(self) -> list[str]:
        """Everything that must not be, and what no person should have to read."""
        return [*self.findings.faults, *self.tracebacks, *self.broken_off]

    def report(self) -> dict[str, Any]:
        """Return it for a JSON object; times are in seconds."""
        every = _summary([one for seconds in self.recoveries.values() for one in seconds] or [0.0])
        return {
            "seed": self.seed,
            "kills": self.kills,
            "audits": self.findings.audits,
            "acknowledged_events": self.findings.events,
            "changes_enforced": self.findings.changes,
            "people_erased": self.findings.erased,
            "records_seen": self.findings.records,
            "closures_judged": self.findings.closures,
            "differences": len(self.findings.differences),
            "leaks": len(self.findings.leaks),
            "lost_events": len(self.findings.lost),
            "recovery_median": every["median"],
            "recovery_p99": every["p99"],
            "recovery_max": every["max"],
            "recovery": {
                victim: _summary(seconds) for victim, seconds in sorted(self.recoveries.items())
            },
            "faults": self.faults,
        }


def fight(
    home: Path,
    seed: int,
    kills: int,
    say: Say = lambda _: None,
    client: KafkaClient = KafkaClient.KAFKA_PYTHON,
) -> Campaign:
    """Run a bus in a home, kill parts of it so many times, and return what came of it."""
    campaign = Campaign(seed)
    lives = Lives(home, client)
    try:
        with lives, BusUnderLoad(home, seed).running() as bus:
            campaign.findings = bus.findings
            _kill_again_and_again(campaign, lives, bus, kills, say)
    except Exception:  # noqa: BLE001 - an hour's kills are reported, whatever ended them
        campaign.broken_off = [traceback.format_exc(), *lives.last_lines()]
    campaign.tracebacks = lives.tracebacks()
    return campaign


def _kill_again_and_again(
    campaign: Campaign, lives: "Lives", bus: BusUnderLoad, kills: int, say: Say
) -> None:
    chance = random.Random(campaign.seed)  # noqa: S311 - a seed to be repeated
    bus.wait_for_a_change()
    for number in range(1, kills + 1):
        victim = _choose(chance)
        time.sleep(chance.uniform(0, LONGEST_PAUSE_SECONDS))
        seconds = _kill(victim, lives, bus, chance)
        campaign.recoveries[victim].append(seconds)
        say(f"{number:4}  {victim:24} back after {seconds:5.1f} s")
        if number % KILLS_BETWEEN_AUDITS == 0 or number == kills:
            bus.come_to_rest()
            say(f"      at rest: {bus.findings}")


def _choose(chance: random.Random) -> str:
    (victim,) = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
    return victim


def _kill(victim: str, lives: "Lives", bus: BusUnderLoad, chance: random.Random) -> float:
    """Kill, wait until the bus is back, and return how many seconds that took."""
    if victim == "filter at a failpoint":
        begun = lives.die_at(chance.choice(list(TurnStep)), chance.randint(1, LATEST_PASS))
    elif victim == "nwd up":
        begun = time.monotonic()
        lives.end_one()
    else:
        targets = [lives.target(one, chance) for one in victim.split(" and ")]
        begun = time.monotonic()
        for one in targets:
            one.kill()
    if victim in ("passport", "analytics"):
        bus.wait_for_reader(victim)
    elif victim == "web":
        lives.wait_for_web()
    else:
        bus.wait_for_a_change()
    return time.monotonic() - begun


class Lives:
    """The runs of `nwd up` on one home, one after the other."""

    def __init__(self, home: Path, client: KafkaClient) -> None:
        self._home = home
        self._client = {"NWD_KAFKA_CLIENT": client.value}
        self._all: list[UpProcess] = []
        self._web_port = 0

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self._all[-1].end(signal.SIGTERM)  # one started in the background ignores SIGINT
        for left_by_a_fault in processes_in(self._home):
            left_by_a_fault.kill()

    def target(self, name: str, chance: random.Random) -> psutil.Process:
        """Find a process that can be killed, as soon as it runs."""
        found: list[psutil.Process] = []

        def is_there() -> bool:
            found[:] = self._candidates(name)
            return bool(found)

        wait_until(is_there, RECOVERY_SECONDS, name)
        return chance.choice(sorted(found, key=lambda one: one.pid))

    def die_at(self, step: TurnStep, hit: int) -> float:
        """Let a filter take over and die at a step; return when it did.

        It has until the one of `nwd up`, which it fenced, is back and fences it in turn.
        """
        while True:
            settings = {"NWD_HOME": str(self._home)} | self._client
            with start_filter_with_failpoint(settings, step, hit) as drill:
                code = drill.wait(RECOVERY_SECONDS)
            if code == -signal.SIGKILL:
                return time.monotonic()

    def end_one(self) -> None:
        """Kill `nwd up` itself, and start the next one."""
        self._all[-1].end(signal.SIGKILL)
        self._begin()

    def wait_for_web(self) -> None:
        """Wait until the schema registry answers."""
        wait_until(self._web_answers, RECOVERY_SECONDS, "the web server")

    def tracebacks(self) -> list[str]:
        """Return what any part said that is no sentence for a person."""
        return [line for one in self._all for line in one.lines if "Traceback" in line]

    def last_lines(self) -> list[str]:
        """Return what the bus said last."""
        return self._all[-1].lines[-LAST_LINES:]

    def _begin(self) -> None:
        (self._web_port,) = free_ports(1)
        settings = {"NWD_WEB_PORT": str(self._web_port)} | self._client
        self._all.append(UpProcess(self._home, settings=settings))
        self._all[-1].wait_until_up()

    def _web_answers(self) -> bool:
        address = f"http://127.0.0.1:{self._web_port}/subjects"
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except OSError:
            return False

    def _candidates(self, name: str) -> list[psutil.Process]:
        children = psutil.Process(self._all[-1].pid).children()
        if name == "a backend of postgres":
            return [
                backend for one in children if _runs(one, "postgres") for backend in one.children()
            ]
        return [one for one in children if _runs(one, name)]


def _runs(process: psutil.Process, name: str) -> bool:
    wanted = {"kafka": "kafka.Kafka", "postgres": "-D"}.get(name, name)
    try:
        return wanted in process.cmdline()
    except psutil.Error:
        return False


def _summary(seconds: list[float]) -> dict[str, float]:
    in_order = sorted(seconds)
    return {
        "kills": len(in_order),
        "min": round(in_order[0], 1),
        "median": round(statistics.median(in_order), 1),
        "p99": round(in_order[min(len(in_order) - 1, int(len(in_order) * 0.99))], 1),
        "max": round(in_order[-1], 1),
    }
