"""Records registered one after the other, as the store would: what is found, and what it scores."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from consent_ledger.matching.blocking import (
    Kind,
    are_enough,
    blocking_digests,
    is_enough,
    matching_key,
)
from consent_ledger.matching.comparison import PairComparison, compare
from consent_ledger.matching.estimation import estimate
from consent_ledger.matching.frequencies import Frequencies, values_counted
from consent_ledger.matching.levels import Pattern
from consent_ledger.matching.traits import Traits
from consent_ledger.matching.weights import Weights

KEY: Final = matching_key(bytes(32))
_AT_RANDOM: Final = 100_000

Pair = tuple[int, int]


class Linked(NamedTuple):
    """Pairs of records that were compared, by their places, the earlier first."""

    comparisons: dict[Pair, PairComparison]
    frequencies: Frequencies
    records: int

    def scores(self, weights: Weights) -> dict[Pair, float]:
        """Return each pair's score."""
        return {
            pair: weights.score(comparison, self.frequencies, self.records)
            for pair, comparison in self.comparisons.items()
        }


class Best(NamedTuple):
    """The best F1 there is at any threshold, and what it is made of."""

    f1: float
    recall: float
    precision: float


def linked(people: Sequence[Traits]) -> Linked:
    """Register records in order, each compared with the candidates among those before it."""
    holders: defaultdict[bytes, list[int]] = defaultdict(list)
    comparisons: dict[Pair, PairComparison] = {}
    for number, person in enumerate(people):
        shared: defaultdict[int, set[Kind]] = defaultdict(set)
        found: set[int] = set()
        for digest in blocking_digests(person, KEY):
            others = holders[digest.value]
            if is_enough(digest.kind, len(others)):
                found.update(others)
            else:
                for other in others:
                    shared[other].add(digest.kind)
            others.append(number)
        found.update(other for other, kinds in shared.items() if are_enough(kinds))
        for other in found:
            comparisons[other, number] = compare(people[other], person)
    counts = Counter(value for person in people for value in values_counted(person))
    return Linked(comparisons, Frequencies(counts, len(people)), len(people))


def estimated(found: Linked, people: Sequence[Traits], before: Weights) -> Weights:
    """Return weights estimated from these records, without the truth."""
    chance = random.Random(1)  # noqa: S311 - which pairs are drawn
    at_random: Counter[Pattern] = Counter()
    for _ in range(_AT_RANDOM):
        mine, other = chance.sample(range(len(people)), 2)
        at_random[compare(people[mine], people[other]).pattern] += 1
    candidates = Counter(comparison.pattern for comparison in found.comparisons.values())
    return estimate(candidates, at_random, len(people), before).weights


def best_f1(scores: Mapping[Pair, float], truth: set[Pair]) -> Best:
    """Return the best F1 of pairs at or above a threshold; pairs of one score go together."""
    ranked = sorted(scores.items(), key=lambda scored: -scored[1])
    right = accumulate(int(pair in truth) for pair, _ in ranked)
    best = Best(0.0, 0.0, 0.0)
    for place, (count, (_, score)) in enumerate(zip(right, ranked, strict=True), start=1):
        if place < len(ranked) and ranked[place][1] == score:
            continue
        recall, precision = count / len(truth), count / place
        if count:
            best = max(best, Best(2 * recall * precision / (recall + precision), recall, precision))
    return best
