"""Three answers to "is this person known?": known, possible, new."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, Generic, NamedTuple, TypeVar

import yaml

from consent_ledger.matching.comparison import compare
from consent_ledger.matching.contradictions import contradictions
from consent_ledger.matching.frequencies import Frequencies
from consent_ledger.matching.reasons import reasons
from consent_ledger.matching.traits import Traits
from consent_ledger.matching.weights import Weights, shipped_weights

_FILE: Final = Path(__file__).with_name("thresholds.yaml")

Key = TypeVar("Key")


class MatchVerdict(StrEnum):
    """What is to be done: nothing, ask a person, issue a number."""

    KNOWN = "known"
    POSSIBLE = "possible"
    NEW = "new"


class Thresholds(NamedTuple):
    """The scores, in bits, from which on a candidate is possible, and may be known."""

    possible: float
    known: float


class Match(NamedTuple, Generic[Key]):
    """A candidate who may be the same person: why, and why not; neither holds a value."""

    key: Key
    score: float
    verdict: MatchVerdict
    reasons: tuple[str, ...]
    contradictions: tuple[str, ...]


class MatchingAnswer(NamedTuple, Generic[Key]):
    """The answer, and the matches it is made from, the likeliest first."""

    verdict: MatchVerdict
    matches: tuple[Match[Key], ...]


@cache
def shipped_thresholds() -> Thresholds:
    """Return the thresholds of `thresholds.yaml`."""
    return Thresholds(**yaml.safe_load(_FILE.read_text("utf-8"))["bits"])


def answer(
    person: Traits,
    candidates: Iterable[tuple[Key, Traits]],
    frequencies: Frequencies,
    people: int,
    *,
    apart: Collection[tuple[Key, Key]] = (),
    weights: Weights | None = None,
    thresholds: Thresholds | None = None,
) -> MatchingAnswer[Key]:
    """Return whether a person is one of the candidates.

    It is the same in whatever order the candidates come. *Known* needs exactly one candidate who
    may be known, and nobody else who is likelier than not to be the same person. Whom something
    contradicts is nobody else, where somebody has said that the two candidates are two people.

    Args:
        person: who is registered.
        candidates: the people found by blocking, each by a key of the caller's, with all that is
            known of them. Numbers that are merged are one candidate.
        frequencies: how many people share the values of `person`.
        people: how many people the register holds.
        apart: pairs of candidates of whom somebody has said that they are two people.
        weights: those of a hub's own records; without them, the shipped ones.
        thresholds: likewise.

    """
    likely = weights or shipped_weights()
    limits = thresholds or shipped_thresholds()
    found = (
        match_of(key, person, other, frequencies, people, weights=likely, thresholds=limits)
        for key, other in candidates
    )
    matches = sorted(
        (match for match in found if match.verdict is not MatchVerdict.NEW),
        key=lambda match: (-match.score, str(match.key)),
    )
    if not matches:
        return MatchingAnswer(MatchVerdict.NEW, ())
    likeliest = matches[0]
    rivals = [
        match
        for match in matches[1:]
        if match.score > 0 and not (match.contradictions and are_apart(match, likeliest, apart))
    ]
    is_known = likeliest.verdict is MatchVerdict.KNOWN and not rivals
    return MatchingAnswer(MatchVerdict.KNOWN if is_known else MatchVerdict.POSSIBLE, tuple(matches))


def are_apart(match: Match[Key], other: Match[Key], apart: Collection[tuple[Key, Key]]) -> bool:
    """Tell whether somebody has said of two candidates that they are two people."""
    return (match.key, other.key) in apart or (other.key, match.key) in apart


def match_of(
    key: Key,
    person: Traits,
    other: Traits,
    frequencies: Frequencies,
    people: int,
    *,
    weights: Weights,
    thresholds: Thresholds,
) -> Match[Key]:
    """Return what two people alone are to each other: also of two who are both registered."""
    comparison = compare(person, other)
    score = weights.score(comparison, frequencies, people)
    against = contradictions(comparison.pattern)
    verdict = MatchVerdict.NEW
    if score >= thresholds.possible:
        is_certain = score >= thresholds.known and not against
        verdict = MatchVerdict.KNOWN if is_certain else MatchVerdict.POSSIBLE
    return Match(key, score, verdict, reasons(comparison.pattern), against)
