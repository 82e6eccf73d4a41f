"""Records registered one after the other, as the store would: what is found, and what it scores."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from consent_ledger.matching.blocking import matching_key
from consent_ledger.matching.candidate_pairs import candidate_pairs, patterns_at_random
from consent_ledger.matching.comparison import PairComparison, compare
from consent_ledger.matching.estimation import estimate
from consent_ledger.matching.frequencies import Frequencies, values_counted
from consent_ledger.matching.traits import Traits
from consent_ledger.matching.weights import Weights

KEY: Final = matching_key(bytes(32))

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
    comparisons = {
        (earlier, later): compare(people[earlier], people[later])
        for earlier, later in candidate_pairs(people, KEY)
    }
    counts = Counter(value for person in people for value in values_counted(person))
    return Linked(comparisons, Frequencies(counts, len(people)), len(people))


def estimated(found: Linked, people: Sequence[Traits], before: Weights) -> Weights:
    """Return weights estimated from these records, without the truth."""
    at_random = patterns_at_random(people)
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
