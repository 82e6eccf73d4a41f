"""Weights estimated from a hub's own records, beside those in use; nothing is changed by it."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from consent_ledger.journal.vault import UnsealError
from consent_ledger.matching.candidate_pairs import candidate_pairs, patterns_at_random
from consent_ledger.matching.comparison import compare
from consent_ledger.matching.differences import LevelDifference, differences
from consent_ledger.matching.estimation import estimate
from consent_ledger.matching.levels import Pattern
from consent_ledger.matching.traits import Traits
from consent_ledger.matching.weights import Weights
from consent_ledger.register.kept_identities import open_identity, traits_of
from deploy.hub import Hub
from schemas.errors import BusError
from schemas.identifiers import PassportNumber

LEAST_RECORDS: Final = 1_000
"""Records of which something can be said: below that a level is a few people."""
LEAST_ALIKE: Final = 100.0
"""Pairs of records that seem to be of one person, likewise: m is found in those."""
MOST_PEOPLE: Final = 50_000
"""People whose records are held in memory, a few kB each; of more, so many are drawn at random."""
_TOGETHER: Final = 500
"""People whose records are read in one transaction, which keeps nobody waiting."""

Progress = Callable[[str, int, int], object]
"""Takes what is being done, how many are done, and how many there are."""


class TooFewRecordsError(BusError):
    """A hub that knows too few people for weights of its own."""


class _Records(NamedTuple):
    people: int
    of_people: int
    traits: list[Traits]
    unreadable: int


class WeightsEstimate(NamedTuple):
    """Weights as found, what they would change, and what they were found in.

    A record is what a door told of somebody once: `records` of `people` were compared, who are all
    of `of_people` or drawn from them. `alike` is how many of the `candidates`, pairs of records,
    seem to be of one person. `unreadable` are records that could not be opened.
    """

    weights: Weights
    differences: list[LevelDifference]
    people: int
    of_people: int
    records: int
    candidates: int
    alike: float
    unreadable: int


def estimate_weights(hub: Hub, progress: Progress) -> WeightsEstimate:
    """Return weights estimated from what doors have told, compared in memory, with the difference.

    Raises TooFewRecordsError, which says how many are needed.
    """
    found = _records(hub, progress)
    _demand(len(found.traits), LEAST_RECORDS, "records")
    before = hub.register.weights
    candidates: Counter[Pattern] = Counter()
    last = -1
    for earlier, later in candidate_pairs(found.traits, hub.register.key):
        candidates[compare(found.traits[earlier], found.traits[later]).pattern] += 1
        if later != last:
            last = later
            progress("Comparing records", later, len(found.traits))
    at_random = patterns_at_random(found.traits)
    estimated = estimate(candidates, at_random, len(found.traits), before)
    _demand(int(estimated.alike), int(LEAST_ALIKE), "pairs of records that seem to be one person's")
    return WeightsEstimate(
        estimated.weights,
        differences(before, estimated.weights, candidates, at_random),
        people=found.people,
        of_people=found.of_people,
        records=len(found.traits),
        candidates=candidates.total(),
        alike=estimated.alike,
        unreadable=found.unreadable,
    )


def _records(hub: Hub, progress: Progress) -> _Records:
    """Return what was told of everybody, or of as many as memory has room for, each time by itself.

    What a door told in the very same words of the same number is kept once, and is one record.
    """
    everybody = _everybody(hub)
    people: Sequence[PassportNumber] = everybody
    if len(everybody) > MOST_PEOPLE:
        chance = random.Random(1)  # noqa: S311 - who is drawn: the same people each time
        people = sorted(chance.sample(everybody, MOST_PEOPLE))
    traits: list[Traits] = []
    unreadable = 0
    for start in range(0, len(people), _TOGETHER):
        progress("Reading records", start, len(people))
        with hub.ledger.begin() as tx:
            kept, today = tx.kept_of(people[start : start + _TOGETHER]), tx.now().date()
        for telling in kept:
            try:
                traits.append(traits_of([open_identity(telling, hub.vault)], today))
            except UnsealError:
                unreadable += 1
    return _Records(len(people), len(everybody), traits, unreadable)


def _everybody(hub: Hub) -> list[PassportNumber]:
    """Return everybody of whom anything is kept, by the number that they are shown under."""
    found: set[PassportNumber] = set()
    with hub.ledger.begin() as tx:
        after, upto = 0, tx.last_telling()
        while after < upto:
            batch = tx.people_told_of(after, upto, _TOGETHER)
            found.update(number for _, number in batch)
            after = batch[-1][0] if batch else upto
    return sorted(found)


def _demand(there_are: int, least: int, of_what: str) -> None:
    if there_are < least:
        raise TooFewRecordsError(
            f"There are {there_are:,} {of_what}: {least:,} are needed.",
            "With fewer, weights are those of a few people. The weights in use stay as they are.",
        )
