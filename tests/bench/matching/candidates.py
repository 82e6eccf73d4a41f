"""How many candidates a registration has among so many people, and what asking for them costs.

Of a sample of newcomers: the rows that the store reads of the index, the people whose identities
are then opened, and the processor time of the digests and of the comparisons.
"""

import json
import random
import time
from argparse import ArgumentParser
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median, quantiles
from typing import Final

from consent_ledger.matching.answers import answer
from consent_ledger.matching.blocking import (
    MOST_HOLDERS,
    Kind,
    are_enough,
    blocking_digests,
    is_enough,
    says_anything,
)
from consent_ledger.matching.frequencies import NOBODY
from consent_ledger.matching.traits import Traits
from tests.bench.matching.linking import KEY
from tests.bench.matching.londoners import people

_SAMPLE: Final = 1_000
_COMPARED: Final = 20


class Sample:
    """Newcomers, and who of all people shares digests with each."""

    def __init__(self, newcomers: Sequence[Traits]) -> None:
        self.kinds: dict[bytes, Kind] = {}
        self.held_by: defaultdict[bytes, list[int]] = defaultdict(list)
        self.holders: Counter[bytes] = Counter()
        self._people = 0
        self._sharing: Counter[tuple[int, frozenset[bytes]]] = Counter()
        for place, newcomer in enumerate(newcomers):
            for digest in blocking_digests(newcomer, KEY):
                self.kinds[digest.value] = digest.kind
                self.held_by[digest.value].append(place)

    def meet(self, person: Traits) -> None:
        """Count whom a person shares digests with."""
        self._people += 1
        shared: defaultdict[int, set[bytes]] = defaultdict(set)
        for digest in blocking_digests(person, KEY):
            if digest.value in self.held_by:
                self.holders[digest.value] += 1
                for place in self.held_by[digest.value]:
                    shared[place].add(digest.value)
        self._sharing.update((place, frozenset(values)) for place, values in shared.items())

    def rows(self) -> list[int]:
        """Return the rows that the store reads of its index, of each newcomer.

        It counts no further than says something, and reads again what does.
        """
        found: Counter[int] = Counter()
        for value, places in self.held_by.items():
            for place in places:
                held = self.holders[value]
                found[place] += 2 * held if says_anything(held) else MOST_HOLDERS + 2
        return [found[place] for place in range(_SAMPLE)]

    def opened(self) -> list[int]:
        """Return the people whose identities are opened, of each newcomer."""
        found: Counter[int] = Counter()
        for (place, shared), count in self._sharing.items():
            saying = {value for value in shared if says_anything(self.holders[value])}
            if are_enough({self.kinds[value] for value in saying}) or any(
                is_enough(self.kinds[value], self.holders[value], self._people) for value in saying
            ):
                found[place] += count
        return [found[place] for place in range(_SAMPLE)]

    def holders_by_kind(self) -> dict[str, dict[str, float]]:
        """Return how many hold a newcomer's digest, by its kind."""
        found: defaultdict[Kind, list[int]] = defaultdict(list)
        for value, kind in self.kinds.items():
            found[kind].append(self.holders[value])
        return {str(kind): _spread(counts) for kind, counts in sorted(found.items())}


def main() -> int:
    """Print how many there are, at the median and at p99."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    options = parser.parse_args()
    newcomers = list(people(_SAMPLE, seed=2))
    begun = time.process_time()
    sample = Sample(newcomers)
    digesting = (time.process_time() - begun) / _SAMPLE
    for person in people(options.people, seed=1):
        sample.meet(person)
    report = {
        "people": options.people,
        "rows_read": _spread(sample.rows()),
        "identities_opened": _spread(sample.opened()),
        "microseconds_of_digests": round(digesting * 1e6),
        "microseconds_a_comparison": round(_comparing(newcomers) * 1e6),
        "holders_by_kind": sample.holders_by_kind(),
    }
    print(json.dumps(report, indent=2))
    return 0


def _comparing(newcomers: Sequence[Traits]) -> float:
    chance = random.Random(1)  # noqa: S311 - who is compared
    begun = time.process_time()
    for newcomer in newcomers:
        candidates = list(enumerate(chance.sample(newcomers, _COMPARED)))
        answer(newcomer, candidates, NOBODY, len(newcomers))
    return (time.process_time() - begun) / len(newcomers) / _COMPARED


def _spread(counts: Sequence[int]) -> dict[str, float]:
    cuts = quantiles(counts, n=100, method="inclusive")
    return {"p50": median(counts), "p99": round(cuts[98]), "max": max(counts)}


if __name__ == "__main__":
    raise SystemExit(main())
