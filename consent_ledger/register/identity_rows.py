"""What the register needs of a database to know people again: digests, identities, counts.

All is asked and written for many people at once.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from consent_ledger.ledger.ledger import LedgerRows
from consent_ledger.register.match_keys import MatchKey
from consent_ledger.register.passport_numbers import NumberPair
from schemas.identifiers import LedgerIndex, PassportNumber


class SealedTelling(NamedTuple):
    """What a provider told of a number, sealed under the participant's key.

    `digest` is the same for the same telling.
    """

    participant_id: PassportNumber
    digest: bytes
    sealed: bytes


class KeptIdentity(NamedTuple):
    """A telling as it is kept; `shown_as` and `sealed_key` are of the participant."""

    participant_id: PassportNumber
    digest: bytes
    sealed: bytes
    shown_as: PassportNumber
    sealed_key: bytes


class HeldKey(NamedTuple):
    """A key that is remembered of a number."""

    participant_id: PassportNumber
    key: MatchKey


class IdentityRows(LedgerRows, Protocol):
    """How people are known again, within one transaction."""

    def keys_held(
        self, participant_ids: Collection[PassportNumber], keys: Collection[MatchKey]
    ) -> set[HeldKey]:
        """Return which of these keys are remembered of which of these numbers."""

    def remember_keys(self, held: Collection[HeldKey]) -> None:
        """Remember keys of participants; those that are known already stay."""

    def holders(self, keys: Collection[MatchKey], upto: int) -> dict[MatchKey, int]:
        """Return of how many numbers each of these keys is, counted up to so many.

        Those of nobody are left out.
        """

    def sharing(
        self, asked: Sequence[Mapping[MatchKey, str]], enough: Collection[MatchKey]
    ) -> set[HeldKey]:
        """Return who shares enough with anybody: for each of whom are asked, their keys.

        That is one of the keys that are enough, or two of any, of all numbers of a person together.
        Each key comes with what it says: two that say the same are one. Of whoever is found every
        key is returned that anybody is asked by.
        """

    def kept_of(self, participant_ids: Collection[PassportNumber]) -> list[KeptIdentity]:
        """Return what is kept of these numbers and of those that are shown under them.

        It is ordered by number and digest. Of somebody who is being erased there is nothing.
        """

    def keep_identities(self, tellings: Collection[SealedTelling]) -> None:
        """Keep what was told of numbers, each telling once."""

    def last_telling(self) -> int:
        """Return the number of the newest telling that is kept; 0 without any."""

    def newest(self) -> tuple[LedgerIndex, int]:
        """Return the size of the log and the number of the newest telling, as of one moment.

        While both stay, nobody was registered, told of, merged, told apart or begun to be erased.
        """

    def people_told_of(self, after: int, upto: int, limit: int) -> list[tuple[int, PassportNumber]]:
        """Return tellings by number, each with whom it is of, as shown: the first behind `after`.

        Numbers are in commit order: who has looked up to one has missed nothing below it.
        """

    def searched_upto(self) -> int:
        """Return the last telling that was compared with all others; 0: none was."""

    def set_searched(self, upto: int) -> None:
        """Remember how far tellings were compared; never less far than before."""

    def told_apart(self, participant_ids: Collection[PassportNumber]) -> set[NumberPair]:
        """Return, both as shown and in order, who of these people is said not to be which other."""

    def tell_apart(self, numbers: NumberPair, seq: LedgerIndex) -> None:
        """Remember of two numbers, in order, that they are two people's.

        This is for the transaction that appends the entry `seq` and no other.
        """

    def counts(self, digests: Collection[bytes]) -> Mapping[bytes, int]:
        """Return how many people have each of these values; those of nobody are left out."""

    def count_up(self, people: Mapping[bytes, int]) -> None:
        """Count so many people more for each value. This is for who holds the head."""

    def count_down(self, digests: Collection[bytes]) -> None:
        """Count one person less for each; of a value of nobody nothing stays. Likewise."""

    def hold_head(self) -> None:
        """Wait for every other transaction that registers or records, and keep others waiting."""
