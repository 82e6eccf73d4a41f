"""People who are registered twice, found later: by the digests and comparison of registration.

Whoever is new, or was told more of, is looked up as if they came to a door now. Who is shown under
one number is one person already; whom somebody has told apart is not asked about again.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from typing import NamedTuple

from consent_ledger.matching.answers import MatchVerdict, match_of, shipped_thresholds
from consent_ledger.matching.frequencies import Frequencies, value_digests
from consent_ledger.matching.traits import Traits
from consent_ledger.matching.weights import Weights
from consent_ledger.register.asked import PEOPLE
from consent_ledger.register.passport_numbers import NumberPair, in_order
from consent_ledger.register.recognition import candidates, numbers_shared
from consent_ledger.register.register import Register
from consent_ledger.register.register_rows import RegisterRows
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


def duplicates_of(tx: RegisterRows, register: Register, number: PassportNumber) -> list[Duplicate]:
    """Return who else the person shown under a number may be: known or possible, by the matcher.

    The same pair is found from either side, with the same score. Nothing: nobody, or the person is
    merged or erased meanwhile. UnsealError where what is kept of somebody cannot be opened.
    """
    sought = register.sought(tx, number)
    if sought is None:
        return []
    asked, rows = sought
    people = {number: asked.told.traits, **candidates(rows, asked.keys, but=number)}
    old = {(key.kind, other) for key in asked.old_keys for other in rows.shown_having(key)}
    old = {(kind, other) for kind, other in old if other not in people}
    apart = rows.looked.apart
    found = [*_compared(tx, asked.key, number, people, rows.weights), *_by_old_keys(number, old)]
    return [pair for pair in found if pair.numbers not in apart]


def _compared(
    tx: RegisterRows,
    key: bytes,
    number: PassportNumber,
    people: Mapping[PassportNumber, Traits],
    weights: Weights,
) -> Iterator[Duplicate]:
    """Yield each of the people who may be the one with this number, who is among them."""
    digests = value_digests(reduce(Traits.and_also, people.values()), key)
    counts = tx.counts([PEOPLE, *digests.values()])
    values = Frequencies.by_digest(digests, counts, counts.get(PEOPLE, 0))
    for other in people.keys() - {number}:
        pair = in_order(number, other)
        match = match_of(
            pair,
            people[pair[0]],
            people[pair[1]],
            values,
            values.people,
            weights=weights,
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
