"""People who are registered twice, found later: by the digests and comparison of registration.

Whoever is new, or was told more of, is looked up as if they came to a door now. Who is shown under
one number is one person already; whom somebody has told apart is not asked about again.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import NamedTuple

from consent_ledger.matching.answers import MatchVerdict, match_of, shipped_thresholds
from consent_ledger.matching.traits import Traits
from consent_ledger.matching.weights import shipped_weights
from consent_ledger.register.identity_rows import IdentityRows
from consent_ledger.register.kept_identities import traits_of
from consent_ledger.register.match_keys import first_match_keys
from consent_ledger.register.passport_numbers import NumberPair, in_order
from consent_ledger.register.recognition import Recognition, numbers_shared
from schemas.identifiers import PassportNumber


class Duplicate(NamedTuple):
    """Two numbers under which people are shown, that may be one person's: why, and why not.

    The words hold no value. There is no score, in bits, where all that is kept of one of them is a
    key of version 0.1.
    """

    numbers: NumberPair
    verdict: MatchVerdict
    score: float | None
    reasons: tuple[str, ...]
    contradictions: tuple[str, ...]


def duplicates_of(
    tx: IdentityRows, recognition: Recognition, number: PassportNumber
) -> list[Duplicate]:
    """Return who else the person shown under a number may be: known or possible, by the matcher.

    The same pair is found from either side, with the same score. Nothing: nobody, or the person is
    merged or erased meanwhile. UnsealError where what is kept of somebody cannot be opened.
    """
    mine = recognition.opened(tx, [number])
    if not mine or mine[0].shown_as != number:
        return []
    people = {number: traits_of(mine, tx.now().date())}
    people |= recognition.candidates(tx, people[number], but=number).people
    told = {key for one in mine for key in first_match_keys(recognition.secret, one.identity)}
    old = {(kind, other) for kind, other in tx.matches(sorted(told)) if other not in people}
    apart = tx.told_apart([number])
    found = [*_compared(tx, recognition, number, people), *_by_old_keys(number, old)]
    return [pair for pair in found if pair.numbers not in apart]


def _compared(
    tx: IdentityRows,
    recognition: Recognition,
    number: PassportNumber,
    people: Mapping[PassportNumber, Traits],
) -> Iterator[Duplicate]:
    """Yield each of the people who may be the one with this number, who is among them."""
    values = recognition.frequencies(tx, reduce(Traits.and_also, people.values()))
    for other in people.keys() - {number}:
        pair = in_order(number, other)
        match = match_of(
            pair,
            people[pair[0]],
            people[pair[1]],
            values,
            values.people,
            weights=shipped_weights(),
            thresholds=shipped_thresholds(),
        )
        verdict = match.verdict
        if verdict is MatchVerdict.NEW and numbers_shared(people[number], people[other]):
            verdict = MatchVerdict.POSSIBLE
        if verdict is not MatchVerdict.NEW:
            yield Duplicate(pair, verdict, match.score, match.reasons, match.contradictions)


def _by_old_keys(
    number: PassportNumber, old: Iterable[tuple[str, PassportNumber]]
) -> Iterator[Duplicate]:
    shared: dict[PassportNumber, list[str]] = {}
    for kind, other in sorted(old):
        shared.setdefault(other, []).append(f"the same {kind}")
    for other, reasons in shared.items():
        pair = in_order(number, other)
        yield Duplicate(pair, MatchVerdict.POSSIBLE, None, tuple(reasons), ())
