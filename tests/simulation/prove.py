"""Many histories, on every core, and a report: `make prove`.

python -m tests.simulation.prove --histories 100000
python -m tests.simulation.prove --seed 4711        play one again, step by step
"""

import gc
import json
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from multiprocessing import get_context
from typing import NamedTuple

from tests.simulation.history import History
from tests.simulation.once import once

PORTION = 1_000
"""Histories that a process takes at a time."""

TELL_EVERY_SECONDS = 10


class Failure(NamedTuple):
    """A history in which something happened that must never happen."""

    seed: int
    what: str


def play(seeds: range) -> list[Failure]:
    """Play histories and return those that failed."""
    failures = []
    gc.disable()  # a history leaves nothing behind that refers to itself
    with once():
        for seed in seeds:
            try:
                History(seed).live()
            except Exception as error:  # noqa: BLE001 - whatever goes wrong is a failure
                failures.append(Failure(seed, f"{type(error).__name__}: {error}"))
    gc.enable()
    return failures


def prove(
    histories: int,
    processes: int,
    first: int = 0,
    tell: Callable[[int, int], None] = lambda _played, _failed: None,
) -> list[Failure]:
    """Play so many histories on so many processes; return those that failed, by seed.

    `tell` is called after each portion with how many were played and how many failed so far.
    """
    portions = [
        range(at, min(at + PORTION, first + histories))
        for at in range(first, first + histories, PORTION)
    ]
    failures: list[Failure] = []
    played = 0
    with get_context("spawn").Pool(processes) as pool:
        for seeds, found in pool.imap_unordered(_play, portions):
            failures += found
            played += len(seeds)
            tell(played, len(failures))
    return sorted(failures)


def _play(seeds: range) -> tuple[range, list[Failure]]:
    return seeds, play(seeds)


def main() -> int:
    """Print a report as JSON; return 1 when a history failed."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=1_000_000)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--seed", type=int, help="play this one history and print its steps")
    options = parser.parse_args()
    if options.seed is not None:
        with once():
            History(options.seed, print).live()
        print("nothing was wrong")
        return 0
    begin = told = time.monotonic()

    def tell(played: int, failed: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY_SECONDS or played == options.histories:
            told = time.monotonic()
            left = (told - begin) / played * (options.histories - played)
            print(
                f"{played:,} of {options.histories:,} histories, {failed} failed,"
                f" about {left:,.0f} s to go",
                file=sys.stderr,
            )

    failures = prove(options.histories, options.processes, options.first, tell)
    seconds = time.monotonic() - begin
    report = {
        "histories": options.histories,
        "processes": options.processes,
        "seconds": round(seconds, 1),
        "histories_in_90_seconds": round(options.histories / seconds * 90),
        "failed": len(failures),
        "first_failures": [one._asdict() for one in failures[:5]],
    }
    print(json.dumps(report, indent=2))
    return 1 if failures else 0


if __name__ == "__main__":
    raise SystemExit(main())
