"""Which records are of one person: the truth that a benchmark knows and matching does not."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import combinations


def pairs_of_one(people: Sequence[Hashable]) -> set[tuple[int, int]]:
    """Return the pairs of places at which the same person stands, the earlier first."""
    places: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, person in enumerate(people):
        places[person].append(place)
    return {pair for found in places.values() for pair in combinations(found, 2)}
