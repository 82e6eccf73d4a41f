"""What a dry run would have registered by now: in memory alone, and gone with the dry run.

Who is new in the first batch of a file may come again in the last: the run finds them in the
tables, the dry run here.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from consent_ledger.matching.traits import Traits
from consent_ledger.register.match_keys import MatchKey
from schemas.identifiers import PassportNumber


@dataclass(frozen=True)
class Tried:
    """People, by the numbers that they would be shown under: new, or told more of than is kept.

    `new` are numbers made up for the dry run. `references` are digests of the provider's own.
    """

    people: dict[PassportNumber, Traits] = field(default_factory=dict)
    new: set[PassportNumber] = field(default_factory=set)
    references: dict[bytes, PassportNumber] = field(default_factory=dict)
    _holding: dict[bytes, set[PassportNumber]] = field(default_factory=lambda: defaultdict(set))
    _in_tables: Counter[bytes] = field(default_factory=Counter)
    _counts: Counter[bytes] = field(default_factory=Counter)

    def tell(
        self,
        shown: PassportNumber,
        traits: Traits,
        *,
        keys: Collection[MatchKey],
        in_tables: Collection[MatchKey],
        counted: Collection[bytes],
    ) -> None:
        """Remember all that is known of a person now; some of their keys are in the tables."""
        self.people[shown] = traits
        for key in keys:
            self._holding[key.digest].add(shown)
        self._in_tables.update(key.digest for key in in_tables)
        self._counts.update(counted)

    def with_holders(
        self, keys: Sequence[MatchKey], in_tables: Mapping[MatchKey, int]
    ) -> dict[MatchKey, int]:
        """Return how many numbers hold each key, with those that the dry run would have added."""
        held = {
            key: in_tables.get(key, 0)
            + len(self._holding.get(key.digest, ()))
            - self._in_tables[key.digest]
            for key in keys
        }
        return {key: count for key, count in held.items() if count}

    def sharing(
        self, keys: Mapping[MatchKey, str], enough: Collection[MatchKey]
    ) -> dict[PassportNumber, Traits]:
        """Return whoever has one of the keys that are enough, or two that do not say the same."""
        said: defaultdict[PassportNumber, set[str]] = defaultdict(set)
        found: set[PassportNumber] = set()
        for key, says in keys.items():
            for number in self._holding.get(key.digest, ()):
                said[number].add(says)
                if key in enough or len(said[number]) > 1:
                    found.add(number)
        return {number: self.people[number] for number in found}

    def with_counts(self, in_tables: Mapping[bytes, int]) -> dict[bytes, int]:
        """Return how many people have each value, with those whom the run would have counted."""
        return {
            digest: in_tables.get(digest, 0) + self._counts[digest]
            for digest in in_tables.keys() | self._counts.keys()
        }
