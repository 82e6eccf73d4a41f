"""Whether somebody is known: candidates by digests, their identities opened and compared in memory.

The identities of candidates are opened for the comparison alone, and of nobody else.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import reduce
from typing import Final, NamedTuple

from consent_ledger.journal.vault import UnsealError, Vault
from consent_ledger.matching import answers
from consent_ledger.matching.answers import MatchingAnswer
from consent_ledger.matching.blocking import Kind, is_enough, says_anything
from consent_ledger.matching.comparison import compare
from consent_ledger.matching.frequencies import Frequencies
from consent_ledger.matching.levels import Field, Level, Pattern
from consent_ledger.matching.traits import Traits
from consent_ledger.register.asked import PEOPLE, Asked
from consent_ledger.register.identity_rows import IdentityRows
from consent_ledger.register.kept_identities import open_identity
from consent_ledger.register.match_keys import MatchKey
from consent_ledger.register.passport_numbers import NumberPair
from consent_ledger.register.told import keys_of
from consent_ledger.register.working_set import KnownTelling, WorkingSet
from schemas.identifiers import PassportNumber

_KEYS_SHARED: Final = 2


class Recognised(NamedTuple):
    """Whether somebody is known; matches are by the numbers that people are shown under.

    Whoever shares an official number may be the same person, whatever else says: one of the two was
    typed for the other. `by_number` says which, in words. `ruled_out` are those of whom somebody
    has said that they are not the likeliest, and whom something contradicts.
    """

    answer: MatchingAnswer[PassportNumber]
    by_number: Mapping[PassportNumber, Sequence[str]]
    ruled_out: AbstractSet[PassportNumber]


def recognise(rows: WorkingSet, asked: Asked) -> Recognised:
    """Return whether somebody is known, and who it may be.

    UnsealError where what is kept of a candidate cannot be opened: then it is not known.
    """
    mine, apart = asked.told.traits, rows.looked.apart
    people = candidates(rows, asked.keys)
    values = frequencies(rows, asked)
    found = answers.answer(
        mine, people.items(), values, values.people, apart=apart, weights=rows.weights
    )
    shared = {number: numbers_shared(mine, traits) for number, traits in people.items()}
    by_number = {number: said for number, said in shared.items() if said}
    others = _ruled_out(found, by_number, apart) if found.matches else frozenset()
    return Recognised(found, by_number, others)


def candidates(
    rows: WorkingSet, keys: Mapping[MatchKey, str], *, but: PassportNumber | None = None
) -> dict[PassportNumber, Traits]:
    """Return all that is known of whoever shares enough of these keys, each with what it says.

    `but` is the number of the very person, who is registered and is left out.
    """
    told = {number: rows.told_of_person(number) for number in sorted(sharing(rows, keys, but=but))}
    return {number: traits_told(tellings) for number, tellings in told.items() if tellings}


def sharing(
    rows: WorkingSet, keys: Mapping[MatchKey, str], *, but: PassportNumber | None = None
) -> set[PassportNumber]:
    """Return who shares enough of these keys, each with what it says, but for one person."""
    own = 0 if but is None else 1
    people = rows.counts([PEOPLE])[PEOPLE]
    said: dict[PassportNumber, set[str]] = {}
    found: set[PassportNumber] = set()
    for key, says in keys.items():
        shown = rows.shown_having(key) - {but}
        others = rows.holders(key) - own
        if not shown or not says_anything(others):
            continue
        for number in shown:
            said.setdefault(number, set()).add(says)
        if is_enough(Kind(key.kind), others, people):
            found |= shown
    return found | {number for number, texts in said.items() if len(texts) >= _KEYS_SHARED}


def frequencies(rows: WorkingSet, asked: Asked) -> Frequencies:
    """Return how many people there are, and how many share each value of somebody."""
    counts = rows.counts([PEOPLE, *asked.values.values()])
    return Frequencies.by_digest(asked.values, counts, counts[PEOPLE])


def held_against(rows: WorkingSet, asked: Asked, shown: PassportNumber) -> Pattern:
    """Return how somebody compares with the person whose number or reference they brought.

    That is one thing that agrees: what cannot be compared, as where nothing is known, is the same.
    """
    known = traits_told(rows.told_of_person(shown))
    if known == Traits() or not asked.told.is_anything:
        return (Level.SAME,) * len(Field)
    pattern = compare(asked.told.traits, known).pattern
    return tuple(level or Level.SAME for level in pattern)


def keep(rows: WorkingSet, asked: Asked, number: PassportNumber) -> None:
    """Keep what a provider tells of a number, and count it: the same telling once.

    The number is not that of somebody erased.
    """
    if not asked.told.is_anything or rows.is_kept(number, asked):
        return
    before = rows.told_of(number)
    values = frozenset({PEOPLE, *asked.values.values()})
    counted = values.difference(*(one.counted for one in before))
    known = traits_told(before).and_also(asked.told.traits)
    keys = keys_of(known, asked.key) if before else asked.keys
    rows.keep(number, asked, counted, keys)


def traits_told(told: Iterable[KnownTelling]) -> Traits:
    """Return all that is known of a person, as it is compared."""
    return reduce(Traits.and_also, (one.traits for one in told), Traits())


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


def numbers_shared(mine: Traits, other: Traits) -> list[str]:
    """Return which official numbers two people share, in words."""
    shared = {
        "the same learner number": set(mine.ulns) & set(other.ulns),
        "the same National Insurance number": set(mine.ni_numbers) & set(other.ni_numbers),
    }
    return [text for text, numbers in shared.items() if numbers]


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
