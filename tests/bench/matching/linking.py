"""Records registered one after the other, as the store would: what is found, and what it scores."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from consent_ledger.matching.blocking import matching_key
from consent_ledger.matching.candidate_pairs import candidate_pairs, patterns_at_random
from consent_ledger.matching.comparison import PairComparison, compare
from consent_ledger.matching.estimation import estimate
from consent_ledger.matching.frequencies import Frequencies, values_counted
from consent_ledger.matching.levels import Pattern
from consent_ledger.matching.traits import Traits
from consent_ledger.matching.weights import Weights

KEY: Final = matching_key(bytes(32))
_SEEN: Final = 0.002
"""A step of recall or precision that is seen in a plot."""

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


class Point(NamedTuple):
    """Recall and precision of all pairs from some threshold on."""

    recall: float
    precision: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        total = self.recall + self.precision
        return 2 * self.recall * self.precision / total if total else 0.0


def linked(people: Sequence[Traits]) -> Linked:
    """Register records in order, each compared with the candidates among those before it."""
    comparisons: dict[Pair, PairComparison] = {}
    patterns: dict[Pattern, Pattern] = {}
    for earlier, later in candidate_pairs(people, KEY):
        pattern, agreed = compare(people[earlier], people[later])
        # millions of pairs have a few thousand patterns among them: each is there once
        comparisons[earlier, later] = PairComparison(patterns.setdefault(pattern, pattern), agreed)
    counts = Counter(value for person in people for value in values_counted(person))
    return Linked(comparisons, Frequencies(counts, len(people)), len(people))


def estimated(found: Linked, people: Sequence[Traits], before: Weights) -> Weights:
    """Return weights estimated from these records, without the truth."""
    at_random = patterns_at_random(people)
    candidates = Counter(comparison.pattern for comparison in found.comparisons.values())
    return estimate(candidates, at_random, len(people), before).weights


def best_f1(scores: Mapping[Pair, float], truth: set[Pair]) -> Best:
    """Return the best F1 of pairs at or above a threshold."""
    best = max(points(scores, truth), key=lambda point: point.f1, default=Point(0.0, 0.0))
    return Best(best.f1, *best)


def curve(scores: Mapping[Pair, float], truth: set[Pair]) -> list[Point]:
    """Return what is to be drawn of all thresholds, the highest first."""
    found: list[Point] = []
    for point in points(scores, truth):
        if not found or max(abs(a - b) for a, b in zip(point, found[-1], strict=True)) > _SEEN:
            found.append(point)
    return found


def points(scores: Mapping[Pair, float], truth: set[Pair]) -> Iterator[Point]:
    """Yield recall and precision at each threshold; pairs of one score go together."""
    ranked = sorted(scores.items(), key=lambda scored: -scored[1])
    right = accumulate(int(pair in truth) for pair, _ in ranked)
    for place, (count, (_, score)) in enumerate(zip(right, ranked, strict=True), start=1):
        if place == len(ranked) or ranked[place][1] != score:
            yield Point(count / len(truth), count / place)
