"""Weights by Fellegi and Sunter: how much each level says for or against, in bits.

A level's weight is log2(m / u): m is how often it occurs between two records of one person, u how
often between records of two. Where two people agree, u is how many share that very value.
"""

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

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


Name = TypeVar("Name", Field, Level)


class WeightsError(BusError):
    """Weights that are not of the levels that are compared, or are no shares."""


class Likelihood(NamedTuple):
    """How often a level occurs between records of one person (m), and of two people (u)."""

    m: float
    u: float

    @property
    def bits(self) -> float:
        """How much the level says for one person, in bits; against, where it is below 0."""
        return math.log2(max(self.m, _RAREST) / max(self.u, _RAREST))


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


def weights_of(table: object) -> Weights:
    """Return weights from [m, u] by level by field, as `weights.yaml` has them.

    Raises WeightsError, which names field and level, where one is missing or unknown, is no share
    from 0 to 1, or the shares of a field do not make a whole.
    """
    fields = _named(table, {str(field): field for field in LEVELS}, "the weights")
    found: dict[Field, dict[Level, Likelihood]] = {}
    for field, content in fields.items():
        known = {str(level): level for level in LEVELS[field]}
        levels = _named(content, known, str(field))
        found[field] = {
            level: _likelihood(levels[level], f"{field}.{level}") for level in LEVELS[field]
        }
        for column, shares in zip("mu", zip(*found[field].values(), strict=True), strict=True):
            if not math.isclose(sum(shares), _SUM_IS, abs_tol=_SUM_TOLERANCE):
                raise WeightsError(
                    f"The weights of {field} are no shares of a whole: its {column} adds up to"
                    f" {sum(shares):.3f}.",
                    "The m of all levels of a field add up to 1, and so does their u.",
                )
    return Weights(found)


def _named(content: object, known: Mapping[str, Name], whose: str) -> dict[Name, object]:
    """Return what a mapping has by each of some names, which it has all and no other."""
    table = content if isinstance(content, Mapping) else {}
    missing = [name for name in known if name not in table]
    strange = any(name not in known for name in table)
    if missing or strange:
        lacks = f"{', '.join(missing)} missing" if missing else "a name that is none of them"
        raise WeightsError(
            f"The weights are not of the levels that are compared: in {whose}, {lacks}.",
            f"There are: {', '.join(known)}. `nwd participant weights --write FILE` writes all.",
        )
    return {known[name]: table[name] for name in known}


def _likelihood(content: object, where: str) -> Likelihood:
    if isinstance(content, list) and len(content) == len(Likelihood._fields):
        m, u = content
        if all(type(share) in {int, float} and 0 <= share <= 1 for share in (m, u)):
            return Likelihood(float(m), float(u))
    raise WeightsError(
        f"The weights of {where} are not two shares from 0 to 1.",
        "Each level has [m, u]: how often it occurs between records of one person, and of two.",
    )


@cache
def shipped_weights() -> Weights:
    """Return the weights of `weights.yaml`."""
    return read_weights(_FILE)


def read_weights(file: Path) -> Weights:
    """Return the weights in a file of the form of `weights.yaml`.

    Raises WeightsError where it cannot be read, is no such file, or as `weights_of`.
    """
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        raise WeightsError(
            f"{file} cannot be read as YAML.",
            "`nwd participant weights --write FILE` writes such a file.",
        ) from None
    return weights_of(content.get("likelihoods") if isinstance(content, Mapping) else None)


def weights_text(weights: Weights) -> str:
    """Return weights as a file has them, which `read_weights` reads."""
    lines = ["likelihoods:"]
    for field, levels in weights.likelihoods.items():
        lines.append(f"  {field}:")
        lines += [f"    {level}: [{m:.5f}, {u:.8f}]" for level, (m, u) in levels.items()]
    return "\n".join(lines) + "\n"


def without_values(pattern: Pattern) -> PairComparison:
    """Return a comparison of which the values are not known, or do not count."""
    return PairComparison(pattern, frozenset())
