"""m and u estimated from records themselves, without anybody saying who is who.

u is counted between people drawn at random: nearly never are two of them one. m is found by
expectation and maximisation (Dempster, Laird and Rubin, 1977; for linkage Winkler, 1988) over the
candidates: all other pairs are taken to be two people.
"""

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from consent_ledger.matching.frequencies import NOBODY
from consent_ledger.matching.levels import LEVELS, Field, Level, Pattern
from consent_ledger.matching.weights import Likelihood, Weights, without_values

_ROUNDS: Final = 30
_PAIRS_ASSUMED: Final = 20.0
"""How many pairs the weights before count for, so that a rare level does not swing by a few."""

Shares = Mapping[Field, Mapping[Level, float]]


class Estimate(NamedTuple):
    """Weights found, and how many pairs seem to be one person."""

    weights: Weights
    alike: float


def estimate(
    candidates: Mapping[Pattern, int],
    at_random: Mapping[Pattern, int],
    people: int,
    before: Weights,
) -> Estimate:
    """Return the weights that fit best.

    Args:
        candidates: how many pairs of candidates have each pattern.
        at_random: the same of pairs of people drawn at random, of whom hardly two are one.
        people: how many people there are, of whom the candidates were found.
        before: where the search begins; a level that hardly occurs keeps nearly what it had.

    """
    prior_m, prior_u = _column(before, 0), _column(before, 1)
    # how names stand says something only where they agree: pairs at random do not tell
    u = {**_shares(at_random, prior_u), Field.ORDER: prior_u[Field.ORDER]}
    m, alike = prior_m, people / 2
    for _ in range(_ROUNDS):
        weights = _weights(m, u)
        more = math.log2(2 * alike / people)  # a score is of one newcomer, this of all pairs
        ones = {
            pattern: count * _chance(weights.score(without_values(pattern), NOBODY, people) + more)
            for pattern, count in candidates.items()
        }
        m, alike = _shares(ones, prior_m), max(sum(ones.values()), 1.0)
    return Estimate(_weights(m, u), alike)


def _weights(m: Shares, u: Shares) -> Weights:
    return Weights(
        {
            field: {level: Likelihood(m[field][level], u[field][level]) for level in levels}
            for field, levels in LEVELS.items()
        }
    )


def _column(weights: Weights, column: int) -> Shares:
    return {
        field: {level: likelihood[column] for level, likelihood in levels.items()}
        for field, levels in weights.likelihoods.items()
    }


def _chance(score: float) -> float:
    """Return the chance that a pair of this score is one person."""
    return 1 / (1 + math.exp2(-score))


def _shares(patterns: Mapping[Pattern, float], prior: Shares) -> Shares:
    """Return how often each level occurs among these patterns."""
    found = {
        field: {level: _PAIRS_ASSUMED * prior[field][level] for level in levels}
        for field, levels in LEVELS.items()
    }
    for pattern, count in patterns.items():
        for field, level in zip(Field, pattern, strict=True):
            if level is not None:
                found[field][level] += count
    return {
        field: {level: count / sum(of.values()) for level, count in of.items()}
        for field, of in found.items()
    }
