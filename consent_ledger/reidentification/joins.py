"""The ways to join a pseudonymous tray with a named one, by what anybody sees who reads both."""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import timedelta
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import product
from math import log
from typing import Final, NamedTuple

from consent_ledger.agreements.agreement import Agreement, Pseudonym
from consent_ledger.reidentification.claims import JoinClaim, best_claims, unique_pairs
from consent_ledger.reidentification.tray_view import Seen, ShownFacts, TrayView

NEAR_MS: Final = 50
"""Records that follow each other so closely came together: one Kafka transaction is quicker."""

LONGEST: Final = 5_000
"""Records of a partition whose order is compared: what that costs grows with their square."""


class Method(StrEnum):
    """What a reader of two trays goes by."""

    VALUES = "all values of an event"
    SERVICE_AND_DAY = "service and day"
    SERVICE_DAY_PARTITION = "service, day and partition"
    KIND_AND_MONTH = "kind and month of each event"
    HISTORY = "a person's whole history"
    MOMENT = "moment of arrival"
    MOMENT_AND_VALUES = "moment of arrival and all values"
    ORDER = "order of arrival"
    PARTITION = "partition"
    RETRACTIONS = "arrival of retractions"


Scores = Mapping[tuple[str, str], float]
Token = Callable[[Seen, ShownFacts], Hashable]
Moment = Callable[[Seen], int]


class _Trays(NamedTuple):
    """What is joined. `every` is how far apart the batches of the pseudonymous tray are."""

    named: TrayView
    pseudonymous: TrayView
    every: timedelta | None


def claims_by(
    method: Method, named: TrayView, pseudonymous: TrayView, agreement: Agreement
) -> list[JoinClaim]:
    """Return what can be claimed of people in both trays, at most one pseudonym a person.

    `named` shows events as coarse as `pseudonymous` does, see `view_of`; `agreement` is the
    pseudonymous one, which is no secret.
    """
    scores = _JOINS[method](_Trays(named, pseudonymous, agreement.release_interval))
    return best_claims(scores, one_pseudonym_each=agreement.pseudonym is Pseudonym.PERSON)


def _by_values(trays: _Trays) -> Scores:
    mine, theirs = (_standing(view) for view in trays[:2])
    return _by_contents(mine, theirs, (_no_moment, _no_moment))


def _by_moment_and_values(trays: _Trays) -> Scores:
    """Compare events by when they came, too: each record that ever did."""
    mine, theirs = (_came(view) for view in trays[:2])
    return _by_contents(mine, theirs, _moments_of(trays))


def _by_contents(
    named: Sequence[tuple[Seen, ShownFacts]],
    pseudonymous: Sequence[tuple[Seen, ShownFacts]],
    moments: tuple[Moment, Moment],
) -> Scores:
    """Compare events by every block that is open in both, whichever these are."""
    patterns = [{_open(facts) for _, facts in one} for one in (named, pseudonymous)]
    votes: set[tuple[str, str, bytes]] = set()
    for compared in {mine & theirs for mine, theirs in product(*patterns)}:
        mine = _with_blocks(named, compared, moments[0])
        theirs = _with_blocks(pseudonymous, compared, moments[1])
        for token in mine.keys() & theirs.keys():
            names, pseudonyms = ({one.holder for one in has[token]} for has in (mine, theirs))
            if len(names) == len(pseudonyms) == 1:
                pair = names.pop(), pseudonyms.pop()
                votes |= {(*pair, one.key) for one in theirs[token]}
    return Counter((name, pseudonym) for name, pseudonym, _ in votes)


def _with_blocks(
    records: Sequence[tuple[Seen, ShownFacts]], compared: frozenset[str], moment_of: Moment
) -> dict[Hashable, list[Seen]]:
    found: dict[Hashable, list[Seen]] = defaultdict(list)
    for seen, facts in records:
        if compared <= _open(facts):
            content = tuple(one for one in facts.blocks if one[0] in compared)
            found[facts._replace(blocks=content), moment_of(seen)].append(seen)
    return found


def _by_event(token: Token) -> Callable[[_Trays], Scores]:
    """Join by events that one person alone has in each tray."""

    def join(trays: _Trays) -> Scores:
        return unique_pairs(*(_holders_by(token, view) for view in trays[:2]))

    return join


def _by_history(token: Token) -> Callable[[_Trays], Scores]:
    """Join by how much of two histories is the same: what few have counts for more."""

    def join(trays: _Trays) -> Scores:
        mine, theirs = (_histories(token, view) for view in trays[:2])
        having: dict[Hashable, list[str]] = defaultdict(list)
        for pseudonym, history in theirs.items():
            for token_of_event in history:
                having[token_of_event].append(pseudonym)
        rare = {one: log(1 + len(theirs) / len(found)) for one, found in having.items()}
        whole = {holder: _weight(history, rare) for holder, history in theirs.items()}
        scores: dict[tuple[str, str], float] = {}
        for name, history in mine.items():
            total = _weight(history, rare)
            for pseudonym in {other for one in history for other in having.get(one, ())}:
                shared = _weight(history & theirs[pseudonym], rare)
                scores[name, pseudonym] = shared / (total + whole[pseudonym] - shared)
        return scores

    return join


def _by_moment(trays: _Trays) -> Scores:
    """Join what alone came at a moment in each tray."""
    mine, theirs = _moments_of(trays)
    return unique_pairs(
        *(
            _grouped((moment_of(seen), seen.holder) for seen, _ in _came(view))
            for view, moment_of in ((trays.named, mine), (trays.pseudonymous, theirs))
        )
    )


def _moments_of(trays: _Trays) -> tuple[Moment, Moment]:
    """Return what tells the moments of each tray, so that what came of one event is equal.

    What comes in batches is told by its batch: the one after its coming in a named tray.
    """
    if trays.every is None:
        near = _moments((*trays.named.came, *trays.pseudonymous.came))
        return (lambda seen: near[seen.timestamp_ms],) * 2
    every_ms = round(trays.every.total_seconds() * 1000)
    return (
        lambda seen: seen.timestamp_ms // every_ms + 1,
        lambda seen: seen.timestamp_ms // every_ms,
    )


def _no_moment(_: Seen) -> int:
    return 0


def _by_retractions(trays: _Trays) -> Scores:
    """Join those of whom alone something was retracted at a moment, or just so many records."""
    gone = [[seen for seen in view.came if seen.facts is None] for view in trays[:2]]
    moments = _moments(gone[0] + gone[1])
    mine, theirs = (
        Counter((moments[one.timestamp_ms], one.holder) for one in each) for each in gone
    )
    together = unique_pairs(_grouped(mine), _grouped(theirs))
    return together + unique_pairs(
        *(
            _grouped(((moment, count), holder) for (moment, holder), count in each.items())
            for each in (mine, theirs)
        )
    )


def _by_order(trays: _Trays) -> Scores:
    """Lay the two trays side by side, partition by partition, so that the most events agree."""
    votes: Counter[tuple[str, str]] = Counter()
    mine, theirs = _sequences(trays.named), _sequences(trays.pseudonymous)
    for partition in mine.keys() & theirs.keys():
        left, right = mine[partition], theirs[partition]
        kinds, others = [kind for kind, _ in left], [kind for kind, _ in right]
        alike = SequenceMatcher(a=kinds, b=others, autojunk=False).get_matching_blocks()
        for at, other, size in alike:
            for step in range(size):
                votes[left[at + step][1], right[other + step][1]] += 1
    return votes


def _sequences(view: TrayView) -> dict[int, list[tuple[Hashable, str]]]:
    found: dict[int, list[tuple[Hashable, str]]] = defaultdict(list)
    for seen in view.came:
        if seen.facts is not None:
            kind = seen.facts.event, seen.facts.service, seen.facts.stage
            found[seen.partition].append((kind, seen.holder))
    return {partition: came[-LONGEST:] for partition, came in found.items()}


def _moments(came: Iterable[Seen]) -> dict[int, int]:
    """Return for each timestamp the first of those it follows closely."""
    found: dict[int, int] = {}
    before = None
    for timestamp in sorted({seen.timestamp_ms for seen in came}):
        is_near = before is not None and timestamp - before <= NEAR_MS
        found[timestamp] = found[before] if is_near and before is not None else timestamp
        before = timestamp
    return found


def _came(view: TrayView) -> list[tuple[Seen, ShownFacts]]:
    return [(seen, seen.facts) for seen in view.came if seen.facts is not None]


def _standing(view: TrayView) -> list[tuple[Seen, ShownFacts]]:
    return [(seen, seen.facts) for seen in view.standing if seen.facts is not None]


def _holders_by(token: Token, view: TrayView) -> dict[object, set[str]]:
    return _grouped((token(seen, facts), seen.holder) for seen, facts in _standing(view))


def _histories(token: Token, view: TrayView) -> dict[str, Counter[Hashable]]:
    found: dict[str, Counter[Hashable]] = defaultdict(Counter)
    for seen, facts in _standing(view):
        found[seen.holder][token(seen, facts)] += 1
    return found


def _grouped(pairs: Iterable[tuple[Hashable, str]]) -> dict[object, set[str]]:
    found: dict[object, set[str]] = defaultdict(set)
    for token, holder in pairs:
        found[token].add(holder)
    return found


def _weight(history: Counter[Hashable], rare: Mapping[Hashable, float]) -> float:
    return sum(count * rare.get(one, 0.0) for one, count in history.items())


def _open(facts: ShownFacts) -> frozenset[str]:
    return frozenset(block for block, _ in facts.blocks)


_JOINS: Final[Mapping[Method, Callable[[_Trays], Scores]]] = {
    Method.VALUES: _by_values,
    Method.SERVICE_AND_DAY: _by_event(
        lambda _, facts: (facts.event, facts.service, facts.stage, facts.day)
    ),
    Method.SERVICE_DAY_PARTITION: _by_event(
        lambda seen, facts: (facts.event, facts.service, facts.stage, facts.day, seen.partition)
    ),
    Method.KIND_AND_MONTH: _by_history(lambda _, facts: (facts.event, facts.month)),
    Method.HISTORY: _by_history(
        lambda _, facts: (facts.event, facts.service, facts.stage, facts.month)
    ),
    Method.MOMENT: _by_moment,
    Method.MOMENT_AND_VALUES: _by_moment_and_values,
    Method.ORDER: _by_order,
    Method.PARTITION: _by_event(lambda seen, _: seen.partition),
    Method.RETRACTIONS: _by_retractions,
}
