import random
from collections import Counter

from consent_ledger.matching.estimation import estimate
from consent_ledger.matching.levels import LEVELS, Field, Level, Pattern
from consent_ledger.matching.weights import Weights, shipped_weights

PEOPLE = 2_000
COMPARED = (Field.GIVEN, Field.FAMILY, Field.BIRTH, Field.POSTCODE)


def drawn(chance: random.Random, weights: Weights, column: int) -> Pattern:
    """Return how two records agree: of one person (0), or of two (1)."""
    found: dict[Field, Level] = {}
    for field in COMPARED:
        levels = LEVELS[field]
        shares = [weights.likelihoods[field][level][column] for level in levels]
        found[field] = chance.choices(levels, shares)[0]
    return tuple(found.get(field) for field in Field)


def test_what_goes_wrong_at_a_hub_is_found_without_the_truth() -> None:
    """Its people mistype their family name three times as often as the shipped weights say."""
    chance = random.Random(1)  # noqa: S311 - made-up patterns
    shipped = shipped_weights()
    family = dict(shipped.likelihoods[Field.FAMILY])
    same, close = family[Level.SAME], family[Level.CLOSE]
    wrong = 2 * close.m
    family[Level.SAME] = same._replace(m=same.m - wrong)
    family[Level.CLOSE] = close._replace(m=close.m + wrong)
    real = Weights({**shipped.likelihoods, Field.FAMILY: family})
    of_two = Counter(drawn(chance, shipped, 1) for _ in range(30_000))
    candidates = Counter(drawn(chance, real, 0) for _ in range(PEOPLE)) + of_two

    found = estimate(candidates, of_two, PEOPLE, shipped)

    assert abs(found.weights.likelihoods[Field.FAMILY][Level.CLOSE].m - 3 * close.m) < 0.03
    assert abs(found.alike - PEOPLE) < PEOPLE / 10


def test_what_never_occurs_keeps_its_weight() -> None:
    """A hub that knows no telephone numbers learns nothing about them."""
    chance = random.Random(2)  # noqa: S311 - made-up patterns
    shipped = shipped_weights()
    of_two = Counter(drawn(chance, shipped, 1) for _ in range(1_000))

    found = estimate(of_two, of_two, PEOPLE, shipped).weights

    for level in LEVELS[Field.PHONE]:
        before, after = (w.likelihoods[Field.PHONE][level] for w in (shipped, found))
        assert abs(before.m - after.m) < 1e-9
