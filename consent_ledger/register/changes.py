"""What a set of people changes in the register: gathered in memory, and written at once.

A dry run keeps it from one set to the next, and writes none of it: who is new in the first part of
a file may come again in the last.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from consent_ledger.register.asked import Asked
from consent_ledger.register.look_ups import NotedLookUp
from consent_ledger.register.match_keys import MatchKey
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.register.register_rows import Reference
from schemas.identifiers import PassportNumber, ProviderId


class NewTelling(NamedTuple):
    """What is told of a number, and digests of what of it is counted for the first time."""

    asked: Asked
    counted: frozenset[bytes]


@dataclass(frozen=True)
class Changes:
    """Rows that are not in the tables yet.

    `people` are the new ones, with the provider that registers each. `keys` may hold some that are
    remembered already.
    """

    people: dict[PassportNumber, tuple[ParticipantRow, ProviderId]] = field(default_factory=dict)
    references: dict[Reference, PassportNumber] = field(default_factory=dict)
    tellings: dict[PassportNumber, list[NewTelling]] = field(
        default_factory=lambda: defaultdict(list)
    )
    keys: dict[MatchKey, set[PassportNumber]] = field(default_factory=lambda: defaultdict(set))
    counted: Counter[bytes] = field(default_factory=Counter)
    looked_up: list[NotedLookUp] = field(default_factory=list)

    @property
    def are_any(self) -> bool:
        """Whether there is anything for the head of the ledger to be held for."""
        return bool(self.people or self.references or self.tellings)

    def tell(self, number: PassportNumber, telling: NewTelling, keys: Collection[MatchKey]) -> None:
        """Add what is told of a number, and all keys by which it is found from now on."""
        self.tellings[number].append(telling)
        for key in keys:
            self.keys[key].add(number)
        self.counted.update(telling.counted)

    def linked(self, asked: Iterable[Reference]) -> dict[Reference, PassportNumber]:
        """Return whom these references have been linked to since."""
        return {one: self.references[one] for one in asked if one in self.references}

    def holding(self, keys: Iterable[MatchKey]) -> set[PassportNumber]:
        """Return who has got one of these keys since."""
        return {number for key in keys for number in self.keys.get(key, ())}
