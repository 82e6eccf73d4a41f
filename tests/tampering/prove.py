"""Honest ledgers, and attacks on copies of them: all must be found, and no honest one accused.

python -m tests.tampering.prove                      100,000 of each
python -m tests.tampering.prove --tampers 10000
python -m tests.tampering.prove --seed 4711          one again: which attack, and what was said

Each seed grows a ledger, verifies it from a random checkpoint that was kept outside, and attacks
a copy. The report is JSON on standard output, with a row for each class of attack.
"""

import json
import os
import random
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing import get_context

from consent_ledger.transparency.log_report import LogReport
from schemas.errors import BusError
from tests.tampering import (
    attacks_on_api_keys,
    attacks_on_the_evidence,
    attacks_on_the_log,
    attacks_on_the_tables,
)
from tests.tampering.attack import ATTACKS, Target, Wanted
from tests.tampering.honest_history import HonestHistory

MODULES = (attacks_on_api_keys, attacks_on_the_log, attacks_on_the_tables, attacks_on_the_evidence)
"""Imported so that every class is in ATTACKS."""

PORTION = 200
"""Seeds that a process takes at a time."""


@dataclass
class Result:
    """Counts by class of attack; `missed` and `accused` are seeds."""

    honest: int = 0
    accused: list[int] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    missed: list[int] = field(default_factory=list)

    def add(self, other: "Result") -> None:
        """Add what another portion of seeds gave."""
        self.honest += other.honest
        self.accused += other.accused
        self.tried += other.tried
        self.found += other.found
        self.named += other.named
        self.missed += other.missed

    @property
    def is_proven(self) -> bool:
        """Whether every class was tried, all found and named, and nobody accused."""
        return not self.accused and not self.missed and set(self.tried) == set(ATTACKS)


@dataclass
class Attempt:
    """One attack: its class, what must be named, and what verification said; None is an error."""

    name: str
    wanted: Wanted
    report: LogReport | None


def honest(seed: int) -> tuple[HonestHistory, LogReport]:
    """Grow a ledger and verify it from a random checkpoint of it."""
    history = HonestHistory(seed)
    target = Target(history, random.Random(seed))  # noqa: S311 - attacks, not secrets
    return history, target.copy.verify(target.trusted, target.outside)


def attacked(history: HonestHistory, seed: int) -> Attempt:
    """Attack a copy in a way that the seed chooses, and verify what is left."""
    chance = random.Random(seed)  # noqa: S311 - attacks, not secrets
    names = sorted(ATTACKS)
    at = seed % len(names)
    for name in names[at:] + names[:at]:  # the next where a history has nothing to be attacked so
        target = Target(history, chance)
        wanted = ATTACKS[name](target)
        if wanted is not None:
            try:
                report = target.copy.verify(target.trusted, target.outside)
            except BusError:
                return Attempt(name, wanted, None)
            return Attempt(name, wanted, report)
    raise AssertionError("there is always something to attack")


def play(seeds: range) -> Result:
    """Play seeds, each an honest history and an attack."""
    result = Result()
    for seed in seeds:
        history, report = honest(seed)
        result.honest += 1
        if not report.is_sound:
            result.accused.append(seed)
        attempt = attacked(history, seed)
        result.tried[attempt.name] += 1
        is_found = attempt.report is not None and not attempt.report.is_sound
        is_named = attempt.report is not None and attempt.wanted.is_named(attempt.report)
        result.found[attempt.name] += is_found
        result.named[attempt.name] += is_named
        if not is_named:
            result.missed.append(seed)
    return result


def prove(tampers: int, processes: int, first: int = 0, *, tell: bool = False) -> Result:
    """Play so many seeds on so many processes."""
    portions = [
        range(at, min(at + PORTION, first + tampers))
        for at in range(first, first + tampers, PORTION)
    ]
    result = Result()
    with get_context("spawn").Pool(processes) as pool:
        for done, portion in enumerate(pool.imap_unordered(play, portions), start=1):
            result.add(portion)
            if tell and (done % 10 == 0 or done == len(portions)):
                print(f"{result.honest:,} of {tampers:,}", file=sys.stderr)
    return result


def main() -> int:
    """Print a report as JSON; return 1 when an attack was missed or an honest ledger accused."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--tampers", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one again and say what was found")
    options = parser.parse_args()
    if options.seed is not None:
        history, report = honest(options.seed)
        print(f"honest, {report.size} entries, {report.checkpoints} checkpoints: {report.faults}")
        attempt = attacked(history, options.seed)
        print(f"{attempt.name}: wanted {attempt.wanted}")
        print(f"said {attempt.report and attempt.report.faults}")
        return 0
    begin = time.monotonic()
    result = prove(options.tampers, options.processes, options.first, tell=True)
    report_of_all = {
        "tampers": result.tried.total(),
        "found": result.found.total(),
        "first_bad_entry_named": result.named.total(),
        "honest_histories": result.honest,
        "false_alarms": len(result.accused),
        "seconds": round(time.monotonic() - begin, 1),
        "processes": options.processes,
        "classes": {
            name: {
                "tried": result.tried[name],
                "found": result.found[name],
                "named": result.named[name],
            }
            for name in sorted(ATTACKS)
        },
        "first_misses": sorted(result.missed)[:5],
        "first_accused": sorted(result.accused)[:5],
    }
    print(json.dumps(report_of_all, indent=2))
    return 0 if result.is_proven else 1


if __name__ == "__main__":
    raise SystemExit(main())
