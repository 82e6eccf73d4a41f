"""Pairs of many records in memory: candidates, as registering would find them, and any two."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from consent_ledger.matching.blocking import (
    Kind,
    are_enough,
    blocking_digests,
    is_enough,
    says_anything,
)
from consent_ledger.matching.comparison import compare
from consent_ledger.matching.levels import Pattern
from consent_ledger.matching.traits import Traits

_AT_RANDOM: Final = 100_000


def candidate_pairs(people: Sequence[Traits], key: bytes) -> Iterator[tuple[int, int]]:
    """Yield the places of records to be compared, the earlier first: each with those before it."""
    holders: defaultdict[bytes, list[int]] = defaultdict(list)
    for number, person in enumerate(people):
        shared: defaultdict[int, set[Kind]] = defaultdict(set)
        found: set[int] = set()
        for digest in blocking_digests(person, key):
            others = holders[digest.value]
            if is_enough(digest.kind, len(others), number):
                found.update(others)
            elif says_anything(len(others)):
                for other in others:
                    shared[other].add(digest.kind)
            others.append(number)
        found.update(other for other, kinds in shared.items() if are_enough(kinds))
        yield from ((other, number) for other in found)


def patterns_at_random(people: Sequence[Traits]) -> Counter[Pattern]:
    """Return how often two records drawn at random agree how: hardly two are of one person.

    The same records are drawn each time.
    """
    chance = random.Random(1)  # noqa: S311 - which pairs are drawn
    found: Counter[Pattern] = Counter()
    for _ in range(_AT_RANDOM):
        mine, other = chance.sample(range(len(people)), 2)
        found[compare(people[mine], people[other]).pattern] += 1
    return found
