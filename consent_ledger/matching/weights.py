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

from consent_ledger.matching.comparison import PairComparison
from consent_ledger.matching.frequencies import COUNTED_AS, Frequencies
from consent_ledger.matching.levels import LEVELS, Field, Level, Pattern, at
from schemas.errors import BusError

_FILE: Final = Path(__file__).with_name("weights.yaml")
_SUM_IS: Final = 1.0
_SUM_TOLERANCE: Final = 0.01

_SHARED_BY_A_HOUSEHOLD: Final = frozenset(
    {
        *(Field.FAMILY, Field.POSTCODE, Field.HOUSE, Field.STREET),
        *(Field.PLACE, Field.PHONE, Field.EMAIL),
    }
)
_OTHERS_IN_A_HOME: Final = 2.0
_TWINS: Final = 0.006
_NAMESAKES: Final = 0.01
_TWINS_OF_ONE_NAME: Final = 1e-4
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

    def likelihoods_of(
        self, comparison: PairComparison, frequencies: Frequencies
    ) -> dict[Field, Likelihood]:
        """Return m and u of each field that can be compared, u by the value that agrees."""
        found: dict[Field, Likelihood] = {}
        for field, level in zip(Field, comparison.pattern, strict=True):
            if level is not None:
                m, u = self.likelihoods[field][level]
                shared = [text for named, text in comparison.agreed if named is field]
                if level in _VALUED and field in COUNTED_AS and shared:
                    usual = self.likelihoods[field][Level.SAME].u
                    u = min(frequencies.share(field, text, usual) for text in shared)
                found[field] = Likelihood(max(m, _RAREST), max(u, _RAREST))
        return found

    def score(self, comparison: PairComparison, frequencies: Frequencies, people: int) -> float:
        """Return how likely it is one person rather than two, in bits: at 0, as likely as not.

        Two people are strangers, or live together: then what a household shares says nothing, and
        twins share a birthday, a father and a son a name. Among more `people` there are more
        strangers alike: each doubling takes one bit.
        """
        found = self.likelihoods_of(comparison, frequencies)
        strangers = math.prod(u / m for m, u in found.values())
        apart = {
            field: u / m for field, (m, u) in found.items() if field not in _SHARED_BY_A_HOUSEHOLD
        }
        m = math.prod(found[field].m for field in (Field.GIVEN, Field.BIRTH) if field in found)
        at_home = _at_home(comparison.pattern, found) / m
        at_home *= math.prod(
            ratio for field, ratio in apart.items() if field not in (Field.GIVEN, Field.BIRTH)
        )
        size = max(float(people), _OTHERS_IN_A_HOME)
        return -math.log2(strangers * size + at_home * _OTHERS_IN_A_HOME)


def _at_home(pattern: Pattern, found: Mapping[Field, Likelihood]) -> float:
    """Return how often two who live together agree so in given name and date of birth."""
    given, birth = at(pattern, Field.GIVEN), at(pattern, Field.BIRTH)
    u_given = found[Field.GIVEN].u if Field.GIVEN in found else 1.0
    u_birth = found[Field.BIRTH].u if Field.BIRTH in found else 1.0
    share = u_given * u_birth
    if birth is Level.SAME:
        share += _TWINS * (_TWINS_OF_ONE_NAME if given is Level.SAME else u_given)
    if given in (Level.SAME, Level.PART):
        share += _NAMESAKES * u_birth
    return share


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


def without_values(pattern: Pattern) -> PairComparison:
    """Return a comparison of which the values are not known, or do not count."""
    return PairComparison(pattern, frozenset())
