"""How people are known again, in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from typing_extensions import override

from consent_ledger.register.identity_rows import IdentityRows, KeptIdentity
from consent_ledger.register.match_keys import MatchKey
from schemas.identifiers import PassportNumber
from tests.support.memory.database import MemoryDatabase


class MemoryIdentityRows(IdentityRows):
    """Digests, identities and counts of a database in memory."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    @override
    def matches(self, keys: Sequence[MatchKey]) -> set[tuple[str, PassportNumber]]:
        people = self._database.participants
        return {
            (key.kind, people[number].shown_as)
            for key, number in self._database.match_keys
            if key in keys
        }

    @override
    def keys_of(self, participant_ids: Sequence[PassportNumber]) -> set[MatchKey]:
        return {key for key, number in self._database.match_keys if number in participant_ids}

    @override
    def remember_keys(self, participant_id: PassportNumber, keys: Sequence[MatchKey]) -> None:
        self._database.keep("match_keys")
        self._database.match_keys |= {(key, participant_id) for key in keys}

    @override
    def holders(self, keys: Sequence[MatchKey]) -> dict[MatchKey, int]:
        return dict(Counter(key for key, _ in self._database.match_keys if key in keys))

    @override
    def sharing(
        self, keys: Mapping[MatchKey, str], enough: Collection[MatchKey]
    ) -> list[PassportNumber]:
        people = self._database.participants
        held = {
            (key, people[number].shown_as)
            for key, number in self._database.match_keys
            if key in keys
        }
        count = Counter(number for _, number in {(keys[key], number) for key, number in held})
        certain = {number for key, number in held if key in enough}
        return sorted(number for number in count if number in certain or count[number] > 1)

    @override
    def sealed_key(self, participant_id: PassportNumber) -> bytes:
        return self._database.keys[participant_id]

    @override
    def kept_of(self, participant_ids: Collection[PassportNumber]) -> list[KeptIdentity]:
        people, keys = self._database.participants, self._database.keys
        return [
            KeptIdentity(number, digest, sealed, people[number].shown_as, keys[number])
            for (number, digest), sealed in sorted(self._database.kept_identities.items())
            if {number, people[number].shown_as}.intersection(participant_ids) and number in keys
        ]

    @override
    def is_kept(self, participant_id: PassportNumber, digest: bytes) -> bool:
        return (participant_id, digest) in self._database.kept_identities

    @override
    def keep_identity(self, participant_id: PassportNumber, digest: bytes, sealed: bytes) -> None:
        self._database.keep("kept_identities")
        self._database.kept_identities[participant_id, digest] = sealed

    @override
    def counts(self, digests: Collection[bytes]) -> Mapping[bytes, int]:
        held = self._database.counted_values
        return {digest: held[digest] for digest in digests if digest in held}

    @override
    def count_up(self, digests: Collection[bytes]) -> None:
        self._database.keep("counted_values")
        self._database.counted_values.update(digests)

    @override
    def count_down(self, digests: Collection[bytes]) -> None:
        self._database.keep("counted_values")
        self._database.counted_values.subtract(digests)
        self._database.counted_values = +self._database.counted_values

    @override
    def hold_head(self) -> None:
        pass
