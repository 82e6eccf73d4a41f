"""What weights that were found anew would change, level by level. It holds no value of anybody."""

from collections.abc import Mapping
from typing import NamedTuple

from consent_ledger.matching.levels import LEVELS, Field, Level, Pattern
from consent_ledger.matching.weights import Likelihood, Weights


class LevelDifference(NamedTuple):
    """One level of a field: m and u before and as found, and in how many pairs it occurred.

    `candidates` are pairs that were compared because they share digests, from which m is found;
    `at_random` are pairs drawn at random, in which u is counted.
    """

    field: Field
    level: Level
    before: Likelihood
    found: Likelihood
    candidates: int
    at_random: int


def differences(
    before: Weights,
    found: Weights,
    candidates: Mapping[Pattern, int],
    at_random: Mapping[Pattern, int],
) -> list[LevelDifference]:
    """Return every level of every field, in the order in which they are compared."""
    return [
        LevelDifference(
            field,
            level,
            before.likelihoods[field][level],
            found.likelihoods[field][level],
            _pairs(candidates, place, level),
            _pairs(at_random, place, level),
        )
        for place, (field, levels) in enumerate(LEVELS.items())
        for level in levels
    ]


def _pairs(patterns: Mapping[Pattern, int], place: int, level: Level) -> int:
    return sum(count for pattern, count in patterns.items() if pattern[place] is level)
