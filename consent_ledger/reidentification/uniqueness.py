"""How many people are alone in a tray by what it shows of them, or among few."""

from collections import Counter, defaultdict
from typing import Final

from consent_ledger.reidentification.claims import Owners
from consent_ledger.reidentification.tray_view import ShownFacts, TrayView

GROUPS: Final = ("1", "2", "3-4", "5-9", "10+")
"""How many people share what is shown of each of them; 1 is alone."""

_FROM: Final = ((10, "10+"), (5, "5-9"), (3, "3-4"), (2, "2"), (1, "1"))


def people_by_group(view: TrayView, owners: Owners) -> dict[str, int]:
    """Return how many people are alone, in pairs and so on, by all that stands under a pseudonym.

    Of a person with several pseudonyms the one that fewest others share counts.
    """
    shown: dict[str, Counter[ShownFacts]] = defaultdict(Counter)
    for seen in view.standing:
        if seen.facts is not None:
            shown[seen.holder][seen.facts] += 1
    alike: dict[frozenset[tuple[ShownFacts, int]], set[str]] = defaultdict(set)
    for pseudonym, facts in shown.items():
        alike[frozenset(facts.items())].add(pseudonym)
    fewest: dict[str, int] = {}
    for pseudonyms in alike.values():
        people = {owners[one] for one in pseudonyms}
        for person in people:
            fewest[person] = min(len(people), fewest.get(person, len(people)))
    counts = Counter(_group(size) for size in fewest.values())
    return {group: counts[group] for group in GROUPS}


def _group(size: int) -> str:
    return next(group for least, group in _FROM if size >= least)
