"""The register as it stands for one person of a set: the tables, and what those before changed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from consent_ledger.journal.vault import Vault
from consent_ledger.matching.traits import Traits
from consent_ledger.matching.weights import Weights
from consent_ledger.register.asked import Asked
from consent_ledger.register.changes import Changes, NewTelling
from consent_ledger.register.identity_rows import KeptIdentity
from consent_ledger.register.kept_identities import open_identity, traits_of
from consent_ledger.register.look_ups import NotedLookUp, Reply
from consent_ledger.register.looked import Looked
from consent_ledger.register.match_keys import MatchKey
from consent_ledger.register.passport_numbers import ParticipantRow
from consent_ledger.register.register_rows import Reference
from schemas.identifiers import PassportNumber, ProviderId


class KnownTelling(NamedTuple):
    """What was told of a number, opened and read. It is personal: it is in memory alone.

    `counted` are the digests of the values that it was the first to bring of this number.
    """

    participant_id: PassportNumber
    digest: bytes
    counted: frozenset[bytes]
    traits: Traits


class WorkingSet:
    """Reads as one transaction after another would, and gathers what is to be written."""

    def __init__(
        self, looked: Looked, changes: Changes, vault: Vault, today: date, weights: Weights
    ) -> None:
        self.looked = looked
        self.changes = changes
        self.weights = weights
        self._vault = vault
        self._today = today
        self._opened: dict[tuple[PassportNumber, bytes], KnownTelling] = {}
        self._numbers: defaultdict[PassportNumber, list[PassportNumber]] = defaultdict(list)
        for number, known in looked.numbers.items():
            self._numbers[known.row.shown_as].append(number)

    def by_reference(self, reference: Reference) -> PassportNumber | None:
        """Return the number that a reference is linked to."""
        linked = self.looked.references.numbers.get(reference)
        return linked or self.changes.references.get(reference)

    def was_erased(self, reference: Reference) -> bool:
        """Return whether a reference was linked to a person who was erased."""
        return reference[1] in self.looked.references.erased

    def numbers_of(self, number: PassportNumber) -> list[ParticipantRow]:
        """Return all numbers of the person with this one, the one that they are shown under first.

        Nothing: the number was never issued.
        """
        if number in self.changes.people:
            return [self.changes.people[number][0]]
        if number not in self.looked.numbers:
            return []
        shown = self._shown_as(number)
        rows = [self.looked.numbers[other].row for other in self._numbers[shown]]
        return sorted(rows, key=lambda row: (row.merged_into is not None, row.participant_id))

    def has_keys(self, number: PassportNumber) -> bool:
        """Return whether there is any key of a number."""
        known = self.looked.numbers.get(number)
        return known is not None and known.has_keys

    def having(self, key: MatchKey) -> frozenset[PassportNumber]:
        """Return the numbers, of those that concern the set, that have a key."""
        return self.looked.sharing.get(key, _NOBODY).union(self.changes.keys.get(key, ()))

    def shown_having(self, key: MatchKey) -> set[PassportNumber]:
        """Return the same people, by the numbers that they are shown under."""
        return {self._shown_as(number) for number in self.having(key)}

    def holders(self, key: MatchKey) -> int:
        """Return of how many numbers a key is, over all of the register."""
        of_tables = self.looked.sharing.get(key, _NOBODY)
        since = len(self.changes.keys.get(key, _NOBODY) - of_tables)
        return self.looked.holders.get(key, 0) + since

    def counts(self, digests: Iterable[bytes]) -> Mapping[bytes, int]:
        """Return how many people have each of these values."""
        return {
            digest: self.looked.counts.get(digest, 0) + self.changes.counted[digest]
            for digest in digests
        }

    def is_kept(self, number: PassportNumber, asked: Asked) -> bool:
        """Return whether the very same was told of this very number before."""
        kept = {telling.digest for telling in self.looked.kept.get(number, ())}
        new = {telling.asked.digest for telling in self.changes.tellings.get(number, ())}
        return asked.digest in kept | new

    def told_of(self, number: PassportNumber) -> list[KnownTelling]:
        """Return what was told of this very number, opened.

        UnsealError where that cannot be.
        """
        found = [self._open(kept) for kept in self.looked.kept.get(number, ())]
        new = self.changes.tellings.get(number, ())
        found += [
            KnownTelling(number, asked.digest, counted, asked.told.traits) for asked, counted in new
        ]
        return found

    def demand_open(self, number: PassportNumber) -> None:
        """Raise UnsealError where not all that is kept of a number's person can be opened."""
        for row in self.numbers_of(number):
            self.told_of(row.participant_id)
        known = self.looked.numbers.get(number)
        if known is not None and known.sealed_key is not None:
            self._vault.open_key(known.sealed_key, number)

    def told_of_person(self, shown: PassportNumber) -> list[KnownTelling]:
        """Return what was told of all numbers of the person shown under one, in one order."""
        found = [telling for number in self._all(shown) for telling in self.told_of(number)]
        return sorted(found, key=lambda telling: telling[:2])

    def link(self, reference: Reference, number: PassportNumber) -> None:
        """Link a reference that is not linked yet."""
        if reference not in self.looked.references.numbers:
            self.changes.references.setdefault(reference, number)

    def keep(
        self,
        number: PassportNumber,
        asked: Asked,
        counted: frozenset[bytes],
        keys: Collection[MatchKey],
    ) -> None:
        """Keep what is told of a number, its counts and its keys."""
        self.changes.tell(number, NewTelling(asked, counted), keys)

    def add(self, row: ParticipantRow, registered_by: ProviderId) -> None:
        """Add somebody new."""
        self.changes.people[row.participant_id] = (row, registered_by)

    def note(self, numbers: Collection[PassportNumber], answer: Reply) -> None:
        """Note that these people were looked up."""
        self.changes.looked_up.extend(NotedLookUp(number, answer) for number in sorted(numbers))

    def _shown_as(self, number: PassportNumber) -> PassportNumber:
        known = self.looked.numbers.get(number)
        return known.row.shown_as if known else number

    def _all(self, shown: PassportNumber) -> list[PassportNumber]:
        return self._numbers.get(shown) or [shown]

    def _open(self, kept: KeptIdentity) -> KnownTelling:
        place = kept.participant_id, kept.digest
        if place not in self._opened:
            opened = open_identity(kept, self._vault)
            traits = traits_of([opened], self._today)
            self._opened[place] = KnownTelling(*place, opened.counted, traits)
        return self._opened[place]


_NOBODY: frozenset[PassportNumber] = frozenset()
