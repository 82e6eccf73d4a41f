"""How people are known again, in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from typing_extensions import override

from consent_ledger.register.identity_rows import (
    HeldKey,
    IdentityRows,
    KeptIdentity,
    SealedTelling,
)
from consent_ledger.register.match_keys import MatchKey
from consent_ledger.register.passport_numbers import NumberPair, in_order
from schemas.identifiers import LedgerIndex, PassportNumber
from tests.support.memory.database import MemoryDatabase


class MemoryIdentityRows(IdentityRows):
    """Digests, identities and counts of a database in memory."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    @override
    def keys_held(
        self, participant_ids: Collection[PassportNumber], keys: Collection[MatchKey]
    ) -> set[HeldKey]:
        return {
            HeldKey(number, key)
            for key, number in self._database.match_keys
            if key in keys and number in participant_ids
        }

    @override
    def remember_keys(self, held: Collection[HeldKey]) -> None:
        self._database.keep("match_keys")
        self._database.match_keys |= {(key, number) for number, key in held}

    @override
    def holders(self, keys: Collection[MatchKey], upto: int) -> dict[MatchKey, int]:
        found = Counter(key for key, _ in self._database.match_keys if key in keys)
        return {key: min(held, upto) for key, held in found.items()}

    @override
    def sharing(
        self, asked: Sequence[Mapping[MatchKey, str]], enough: Collection[MatchKey]
    ) -> set[HeldKey]:
        people = self._database.participants
        found = {number for keys in asked for number in self._sharing(keys, enough)}
        return {
            HeldKey(number, key)
            for key, number in self._database.match_keys
            if people[number].shown_as in found and any(key in keys for keys in asked)
        }

    def _sharing(
        self, keys: Mapping[MatchKey, str], enough: Collection[MatchKey]
    ) -> set[PassportNumber]:
        people = self._database.participants
        held = {
            (key, people[number].shown_as)
            for key, number in self._database.match_keys
            if key in keys
        }
        count = Counter(number for _, number in {(keys[key], number) for key, number in held})
        certain = {number for key, number in held if key in enough}
        return {number for number in count if number in certain or count[number] > 1}

    @override
    def kept_of(self, participant_ids: Collection[PassportNumber]) -> list[KeptIdentity]:
        people, keys = self._database.participants, self._database.keys
        return [
            KeptIdentity(number, digest, sealed, people[number].shown_as, keys[number])
            for (number, digest), sealed in sorted(self._database.kept_identities.items())
            if {number, people[number].shown_as}.intersection(participant_ids) and number in keys
        ]

    @override
    def keep_identities(self, tellings: Collection[SealedTelling]) -> None:
        self._database.keep("kept_identities", "tellings", "telling_numbers")
        for number, digest, sealed in tellings:
            assert (number, digest) not in self._database.kept_identities
            self._database.kept_identities[number, digest] = sealed
            self._database.tellings += 1
            self._database.telling_numbers[number, digest] = self._database.tellings

    @override
    def last_telling(self) -> int:
        held = self._database.kept_identities
        return max((self._database.telling_numbers[place] for place in held), default=0)

    @override
    def newest(self) -> tuple[LedgerIndex, int]:
        return LedgerIndex(len(self._database.leaves)), self.last_telling()

    @override
    def people_told_of(self, after: int, upto: int, limit: int) -> list[tuple[int, PassportNumber]]:
        people, numbers = self._database.participants, self._database.telling_numbers
        found = sorted(
            (numbers[place], people[place[0]].shown_as) for place in self._database.kept_identities
        )
        return [one for one in found if after < one[0] <= upto][:limit]

    @override
    def searched_upto(self) -> int:
        return self._database.searched_upto

    @override
    def set_searched(self, upto: int) -> None:
        self._database.keep("searched_upto")
        self._database.searched_upto = max(upto, self._database.searched_upto)

    @override
    def told_apart(self, participant_ids: Collection[PassportNumber]) -> set[NumberPair]:
        people = self._database.participants
        found: set[NumberPair] = set()
        for number, other in self._database.two_people:
            shown = in_order(people[number].shown_as, people[other].shown_as)
            if shown[0] != shown[1] and {number, other, *shown}.intersection(participant_ids):
                found.add(shown)
        return found

    @override
    def tell_apart(self, numbers: NumberPair, seq: LedgerIndex) -> None:
        self._database.keep("two_people")
        self._database.two_people[numbers] = seq

    @override
    def counts(self, digests: Collection[bytes]) -> Mapping[bytes, int]:
        held = self._database.counted_values
        return {digest: held[digest] for digest in digests if digest in held}

    @override
    def count_up(self, people: Mapping[bytes, int]) -> None:
        self._database.keep("counted_values")
        self._database.counted_values.update(people)

    @override
    def count_down(self, digests: Collection[bytes]) -> None:
        self._database.keep("counted_values")
        self._database.counted_values.subtract(digests)
        self._database.counted_values = +self._database.counted_values

    @override
    def hold_head(self) -> None:
        pass
