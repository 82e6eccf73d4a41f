"""Whether somebody is known: candidates by digests, their identities opened and compared in memory.

The identities of candidates are opened for the comparison alone, and of nobody else.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from consent_ledger.journal.vault import UnsealError, Vault
from consent_ledger.matching import answers
from consent_ledger.matching.answers import MatchingAnswer
from consent_ledger.matching.blocking import DIGEST_BYTES, Kind, are_enough, is_enough, matching_key
from consent_ledger.matching.comparison import compare
from consent_ledger.matching.contradictions import contradictions
from consent_ledger.matching.frequencies import Frequencies, value_digest, values_counted
from consent_ledger.matching.levels import Level
from consent_ledger.matching.traits import Traits
from consent_ledger.register.identity_rows import IdentityRows
from consent_ledger.register.kept_identities import (
    OpenIdentity,
    TellingOf,
    open_identity,
    seal_identity,
    traits_of,
)
from consent_ledger.register.passport_numbers import NumberPair
from consent_ledger.register.told import Telling, keys_of
from consent_ledger.register.tried import Tried
from schemas.identifiers import PassportNumber, ProviderId

PEOPLE: Final = bytes(DIGEST_BYTES)
"""Is counted for everybody of whom an identity is kept, as if it were a value of theirs."""
_SAYS: Final = {
    kind: min(other for other in Kind if not are_enough({kind, other})) for kind in Kind
}
"""What each kind of digest says: two kinds that are not enough together say the same."""


class Recognised(NamedTuple):
    """Whether somebody is known; matches are by the numbers that people are shown under.

    Whoever shares an official number may be the same person, whatever else says: one of the two was
    typed for the other. `by_number` says which, in words. `ruled_out` are those of whom somebody
    has said that they are not the likeliest, and whom something contradicts. `kept` is what was
    opened of candidates.
    """

    answer: MatchingAnswer[PassportNumber]
    by_number: Mapping[PassportNumber, Sequence[str]]
    ruled_out: AbstractSet[PassportNumber]
    kept: Mapping[PassportNumber, Sequence[OpenIdentity]]


class Candidates(NamedTuple):
    """Whom somebody may be, by the numbers that they are shown under: opened, and as compared."""

    kept: Mapping[PassportNumber, Sequence[OpenIdentity]]
    people: Mapping[PassportNumber, Traits]


@dataclass(frozen=True)
class Recognition:
    """How a hub knows people again; `secret` never leaves it.

    `tried` is what a dry run would have registered by now.
    """

    secret: bytes
    vault: Vault
    tried: Tried = field(default_factory=Tried)

    @cached_property
    def key(self) -> bytes:
        """The key of all digests of matching."""
        return matching_key(self.secret)

    def recognise(self, tx: IdentityRows, told: Telling) -> Recognised:
        """Return whether somebody is known, and who it may be.

        It takes the same statements, whether there is anybody or not. UnsealError where what is
        kept of a candidate cannot be opened: nothing is answered then.
        """
        kept, people = self.candidates(tx, told.traits)
        frequencies = self.frequencies(tx, told.traits)
        apart = tx.told_apart(people.keys())
        found = answers.answer(
            told.traits, people.items(), frequencies, frequencies.people, apart=apart
        )
        shared = {number: numbers_shared(told.traits, traits) for number, traits in people.items()}
        by_number = {number: said for number, said in shared.items() if said}
        others = _ruled_out(found, by_number, apart) if found.matches else frozenset()
        return Recognised(found, by_number, others, kept)

    def candidates(
        self, tx: IdentityRows, traits: Traits, *, but: PassportNumber | None = None
    ) -> Candidates:
        """Return whoever shares enough digests with somebody, with what is kept of them, opened.

        `but` is the number of the very person, who is registered and is left out.
        """
        keys = keys_of(traits, self.key)
        holders = self.tried.with_holders(keys, tx.holders(keys))
        own = 0 if but is None else 1
        enough = [key for key, held in holders.items() if is_enough(Kind(key.kind), held - own)]
        kept: dict[PassportNumber, list[OpenIdentity]] = {}
        said = {key: _SAYS[Kind(key.kind)] for key in keys}
        sharing = [number for number in tx.sharing(said, enough) if number != but]
        for identity in self.opened(tx, sharing):
            kept.setdefault(identity.shown_as, []).append(identity)
        today = tx.now().date()
        people = {number: traits_of(identities, today) for number, identities in kept.items()}
        return Candidates(kept, people | self.tried.sharing(said, enough))

    def frequencies(self, tx: IdentityRows, traits: Traits) -> Frequencies:
        """Return how many people there are, and how many share each value of somebody."""
        values = [value_digest(value, self.key) for value in values_counted(traits)]
        counts = self.tried.with_counts(tx.counts([PEOPLE, *values]))
        return Frequencies.by_digest(traits, self.key, counts, counts.get(PEOPLE, 0))

    def against(
        self, tx: IdentityRows, told: Telling, kept: Sequence[OpenIdentity], shown: PassportNumber
    ) -> tuple[str, ...]:
        """Return what speaks against somebody's being the person whose number they brought.

        The number is one that agrees, and what cannot be compared does not speak against it.
        """
        known = self.tried.people.get(shown) or traits_of(kept, tx.now().date())
        if known == Traits() or not told.is_anything:
            return ()
        pattern = compare(told.traits, known).pattern
        return contradictions(tuple(level or Level.SAME for level in pattern))

    def keep(
        self, tx: IdentityRows, provider_id: ProviderId, number: PassportNumber, told: Telling
    ) -> None:
        """Keep what a provider tells of a number, and count it: the same telling once.

        The number is locked already, and is not that of somebody erased.
        """
        if not told.is_anything or tx.is_kept(number, told.digest(self.key)):
            return
        # one at a time: counts of others, in another order, would wait for each other for ever
        tx.hold_head()
        before = of_number(self.opened(tx, [number]), number)
        telling = TellingOf(number, told.digest(self.key), provider_id)
        new = self._new_values(told, before)
        sealed = seal_identity(telling, told, new, tx.sealed_key(number), self.vault)
        tx.keep_identity(number, telling.digest, sealed)
        tx.count_up(new)
        known = traits_of(before, tx.now().date()).and_also(told.traits)
        tx.remember_keys(number, keys_of(known, self.key))

    def would_keep(
        self,
        tx: IdentityRows,
        told: Telling,
        number: PassportNumber,
        kept: Sequence[OpenIdentity] = (),
    ) -> None:
        """Remember, for a dry run alone, what `keep` would; `kept` is of all the person's numbers.

        It asks the database nothing: how long a dry run takes must not tell who is known.
        """
        before = of_number(kept, number)
        digest = told.digest(self.key)
        if not told.is_anything or any(digest == identity.digest for identity in before):
            return
        today, shown = tx.now().date(), kept[0].shown_as if kept else number
        own = traits_of(before, today)
        self.tried.tell(
            shown,
            self.tried.people.get(shown, traits_of(kept, today)).and_also(told.traits),
            in_tables=keys_of(own, self.key),
            keys=keys_of(own.and_also(told.traits), self.key),
            counted=self._new_values(told, before),
        )

    def opened(self, tx: IdentityRows, numbers: Sequence[PassportNumber]) -> list[OpenIdentity]:
        """Return what is kept of these numbers and of those that are shown under them."""
        return [open_identity(kept, self.vault) for kept in tx.kept_of(numbers)]

    def _new_values(self, told: Telling, before: Iterable[OpenIdentity]) -> frozenset[bytes]:
        values = {value_digest(value, self.key) for value in values_counted(told.traits)}
        return frozenset({PEOPLE, *values}.difference(*(one.counted for one in before)))


def _ruled_out(
    found: MatchingAnswer[PassportNumber],
    by_number: Iterable[PassportNumber],
    apart: Collection[NumberPair],
) -> frozenset[PassportNumber]:
    likeliest = found.matches[0].key
    others = {number for pair in apart if likeliest in pair for number in pair}
    alike = {match.key for match in found.matches if not match.contradictions}
    seen = {match.key for match in found.matches}.union(by_number)
    return frozenset((others & seen) - alike - {likeliest})


def numbers_shared(mine: Traits, other: Traits) -> list[str]:
    """Return which official numbers two people share, in words."""
    shared = {
        "the same learner number": set(mine.ulns) & set(other.ulns),
        "the same National Insurance number": set(mine.ni_numbers) & set(other.ni_numbers),
    }
    return [text for text, numbers in shared.items() if numbers]


def of_number(kept: Iterable[OpenIdentity], number: PassportNumber) -> list[OpenIdentity]:
    """Return what was told of one of a person's numbers."""
    return [identity for identity in kept if identity.participant_id == number]


def counted_of(tx: IdentityRows, vault: Vault, number: PassportNumber) -> frozenset[bytes]:
    """Return what was counted of a number, to be taken away when the person is erased.

    What cannot be opened, as after a restore without the journal keys of that time, is left out: no
    erasure waits for it, and a count names nobody.
    """
    found: set[bytes] = set()
    for kept in tx.kept_of([number]):
        if kept.participant_id == number:
            with suppress(UnsealError):
                found |= open_identity(kept, vault).counted
    return frozenset(found)
