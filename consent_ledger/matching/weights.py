"""Weights by Fellegi and Sunter: how much each level says for or against, in bits.

A level's weight is log2(m / u): m is how often it occurs between two records of one person, u how
often between records of two. Where two people agree, u is how many share that very value.
"""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import yaml

from consent_ledger.matching.comparison import Comparison
from consent_ledger.matching.frequencies import COUNTED_AS, Frequencies
from consent_ledger.matching.levels import LEVELS, Field, Level, Pattern
from schemas.errors import BusError

_FILE: Final = Path(__file__).with_name("weights.yaml")
_SUM_IS: Final = 1.0
_SUM_TOLERANCE: Final = 0.01

SHARED_BY_A_HOUSEHOLD: Final = (
    *(Field.FAMILY, Field.POSTCODE, Field.HOUSE, Field.STREET),
    *(Field.PLACE, Field.PHONE, Field.EMAIL),
)
"""Whoever lives together shares these: all together say no more than which household it is."""

_HOUSEHOLD: Final = 2
_VALUED: Final = frozenset({Level.SAME, Level.PART, Level.SHARED})
_RAREST: Final = 1e-9


class WeightsError(BusError):
    """Weights that are not of the levels that are compared, or are no shares."""


class Likelihood(NamedTuple):
    """How often a level occurs between records of one person (m), and of two people (u)."""

    m: float
    u: float


class Weights(NamedTuple):
    """The likelihoods of all levels of all fields."""

    likelihoods: Mapping[Field, Mapping[Level, Likelihood]]

    def bits(self, comparison: Comparison, frequencies: Frequencies) -> dict[Field, float]:
        """Return what each field says that can be compared: for one person above 0."""
        found: dict[Field, float] = {}
        for field, level in zip(Field, comparison.pattern, strict=True):
            if level is not None:
                m, u = self.likelihoods[field][level]
                shared = [text for named, text in comparison.agreed if named is field]
                if level in _VALUED and field in COUNTED_AS and shared:
                    usual = self.likelihoods[field][Level.SAME].u
                    u = min(frequencies.share(field, text, usual) for text in shared)
                found[field] = math.log2(max(m, _RAREST) / max(u, _RAREST))
        return found

    def score(self, comparison: Comparison, frequencies: Frequencies, people: int) -> float:
        """Return how likely it is one person rather than two, in bits: at 0, as likely as not.

        Among more `people` there is more chance of somebody alike: each doubling takes one bit.
        """
        bits = self.bits(comparison, frequencies)
        household = sum(bits.pop(field, 0.0) for field in SHARED_BY_A_HOUSEHOLD)
        size = math.log2(max(people, _HOUSEHOLD))
        return sum(bits.values()) + min(household, size - math.log2(_HOUSEHOLD)) - size


def weights_of(table: Mapping[str, Mapping[str, list[float]]]) -> Weights:
    """Return weights from [m, u] by level by field, as `weights.yaml` has them.

    Raises WeightsError where a level is missing or unknown, or the shares do not make a whole.
    """
    wanted = {str(field): {str(level) for level in levels} for field, levels in LEVELS.items()}
    if {field: set(levels) for field, levels in table.items()} != wanted:
        raise WeightsError(
            "The weights are not of the levels that are compared.",
            "Take the levels of consent_ledger/matching/levels.py, each with [m, u].",
        )
    found = {
        field: {level: Likelihood(*table[field][level]) for level in levels}
        for field, levels in LEVELS.items()
    }
    for field, levels in found.items():
        for shares in zip(*levels.values(), strict=True):
            if not math.isclose(sum(shares), _SUM_IS, abs_tol=_SUM_TOLERANCE) or min(shares) < 0:
                raise WeightsError(
                    f"The weights of {field} are no shares of a whole.",
                    "The m of all levels of a field add up to 1, and so does their u.",
                )
    return Weights(found)


@cache
def shipped_weights() -> Weights:
    """Return the weights of `weights.yaml`."""
    return weights_of(yaml.safe_load(_FILE.read_text("utf-8"))["likelihoods"])


def without_values(pattern: Pattern) -> Comparison:
    """Return a comparison of which the values are not known, or do not count."""
    return Comparison(pattern, frozenset())
