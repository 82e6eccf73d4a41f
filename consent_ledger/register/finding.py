"""Whom somebody at a door is, or may be: the matcher's answer, and the keys of version 0.1."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from consent_ledger.journal.vault import UnsealError
from consent_ledger.matching.answers import MatchVerdict
from consent_ledger.register.asked import Asked
from consent_ledger.register.passport_numbers import RegisterError
from consent_ledger.register.recognition import recognise, sharing
from consent_ledger.register.working_set import WorkingSet
from schemas.errors import MalformedError
from schemas.identifiers import PassportNumber

_UNREADABLE: Final = "what is kept of somebody who may be the same cannot be opened"


@dataclass(frozen=True)
class PossibleMatches:
    """A person who may have a number already: an adviser decides.

    `reasons` says what agrees or disagrees, never the values. `candidates` are passport numbers,
    which another provider may have given: no door shows them.
    """

    reasons: tuple[str, ...]
    candidates: tuple[PassportNumber, ...]


class Found(NamedTuple):
    """Who it is as good as certain to be, or may be; both None: nobody who is known."""

    known: PassportNumber | None
    possible: PossibleMatches | None


def find(rows: WorkingSet, asked: Asked) -> Found:
    """Return whom it is as good as certain to be, or may be.

    Of somebody registered by version 0.1 there are keys alone: whoever shares one is possible.
    Where what is kept of one who shares enough cannot be opened, so is each who does.
    """
    try:
        return _compared(rows, asked)
    except UnsealError:
        return Found(None, not_compared(sharing(rows, asked.keys)))


def whom_it_may_be(rows: WorkingSet, asked: Asked) -> tuple[PassportNumber, ...]:
    """Return everybody whom it is, or may be; nobody where one of them cannot be compared."""
    try:
        known, possible = _compared(rows, asked)
    except UnsealError:
        return ()
    if possible is not None:
        return possible.candidates
    return () if known is None else (known,)


def not_compared(candidates: Iterable[PassportNumber]) -> PossibleMatches:
    """Return that somebody may be one of these, of whom what is kept cannot be opened."""
    return PossibleMatches((_UNREADABLE,), tuple(sorted(candidates)))


def not_opened(who: Asked | MalformedError, error: UnsealError) -> PossibleMatches | RegisterError:
    """Return a question, or to who has answered one why their answer cannot be taken."""
    if isinstance(who, Asked) and who.registrant.same_as is None:
        return not_compared([])
    return RegisterError("What is kept of that number's person cannot be opened.", error.hint)


def _compared(rows: WorkingSet, asked: Asked) -> Found:
    answer, by_number, ruled_out = recognise(rows, asked)
    old = {(key.kind, number) for key in asked.old_keys for number in rows.shown_having(key)}
    candidates = {match.key for match in answer.matches} | {number for _, number in old}
    candidates |= by_number.keys()
    if not candidates:
        return Found(None, None)
    known = {answer.matches[0].key} if answer.verdict is MatchVerdict.KNOWN else set()
    if known and candidates - ruled_out == known:
        return Found(answer.matches[0].key, None)
    said = [text for match in answer.matches for text in (*match.reasons, *match.contradictions)]
    said += [text for shared in by_number.values() for text in shared]
    said += sorted(f"the same {kind}" for kind, _ in old)
    possible = PossibleMatches(tuple(dict.fromkeys(said)), tuple(sorted(candidates)))
    return Found(None, possible)
