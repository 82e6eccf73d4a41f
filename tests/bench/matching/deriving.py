"""The weights that are shipped: `python -m tests.bench.matching.deriving > weights.yaml`.

Half of each m is how often a level occurs between two records of one made-up Londoner, half what
is found in Febrl 3 and 4 without their truth: either generator's idea of what goes wrong is not
the other's. u is counted between two made-up Londoners. Of a level that neither knows, a little.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from consent_ledger.matching.comparison import compare
from consent_ledger.matching.levels import LEVELS, Field, Level, Pattern
from consent_ledger.matching.weights import Likelihood, Weights, shipped_weights, weights_text
from tests.bench.matching import febrl
from tests.bench.matching.linking import estimated, linked
from tests.bench.matching.londoners import records
from tests.bench.matching.truth import pairs_of_one

_PEOPLE = 20_000
_SEED = 3
_AT_RANDOM = 300_000
_LEAST_M = 0.002
_LEAST_U = 1e-4
_LEAST_U_OF_A_NUMBER = 1e-6

Shares = dict[Field, dict[Level, float]]


def main() -> None:
    """Print weights as `weights.yaml` has them."""
    people = records(_PEOPLE, _SEED)
    truth = pairs_of_one([person.person for person in people])
    of_one = Counter(compare(people[a].traits, people[b].traits).pattern for a, b in truth)
    chance = random.Random(_SEED)  # noqa: S311 - which pairs are drawn
    of_two: Counter[Pattern] = Counter()
    while of_two.total() < _AT_RANDOM:
        mine, other = chance.sample(people, 2)
        if mine.person != other.person:
            of_two[compare(mine.traits, other.traits).pattern] += 1
    m, u = _shares(of_one, _least_m), _shares(of_two, _least_u)
    u[Field.ORDER] = dict.fromkeys(LEVELS[Field.ORDER], 0.5)
    found = [_of_febrl(number) for number in (3, 4)]
    likelihoods = {
        field: {
            level: Likelihood(
                m[field][level]
                if field in _NOT_IN_FEBRL
                else (m[field][level] + _mean(found, field, level)) / 2,
                u[field][level],
            )
            for level in levels
        }
        for field, levels in LEVELS.items()
    }
    print(weights_text(Weights(likelihoods)), end="")


def _mean(found: Sequence[Weights], field: Field, level: Level) -> float:
    return sum(one.likelihoods[field][level].m for one in found) / len(found)


def _of_febrl(number: int) -> Weights:
    people, _ = febrl.load(number, febrl.ALL_FIELDS)
    return estimated(linked(people), people, shipped_weights())


def _least_m(field: Field, level: Level) -> float:  # noqa: ARG001 - the same for all
    return _LEAST_M


def _least_u(field: Field, level: Level) -> float:
    is_a_number = field in {Field.PHONE, Field.EMAIL, Field.NI_NUMBER, Field.ULN}
    return _LEAST_U_OF_A_NUMBER if is_a_number or level is Level.SAME else _LEAST_U


def _shares(patterns: Mapping[Pattern, int], least: Callable[[Field, Level], float]) -> Shares:
    found: Shares = {}
    for place, field in enumerate(Field):
        counts = Counter[Level]()
        for pattern, count in patterns.items():
            level = pattern[place]
            if level is not None:
                counts[level] += count
        raw = {
            level: max(counts[level] / max(counts.total(), 1), least(field, level))
            for level in LEVELS[field]
        }
        found[field] = {level: share / sum(raw.values()) for level, share in raw.items()}
    return found


_NOT_IN_FEBRL = (Field.PHONE, Field.EMAIL, Field.ULN)


if __name__ == "__main__":
    main()
