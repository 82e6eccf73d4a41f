import math
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from consent_ledger.matching.blocking import matching_key
from consent_ledger.matching.comparison import compare
from consent_ledger.matching.differences import differences
from consent_ledger.matching.frequencies import (
    NOBODY,
    Counted,
    Frequencies,
    Value,
    value_digest,
    value_digests,
    values_counted,
)
from consent_ledger.matching.levels import LEVELS, NOTHING, Field
from consent_ledger.matching.traits import Traits
from consent_ledger.matching.weights import (
    Weights,
    WeightsError,
    read_weights,
    shipped_weights,
    weights_of,
    weights_text,
)
from tests.unit.matching.people import nowhere, person

PEOPLE = 100_000


def score(mine: Traits, other: Traits, frequencies: Frequencies = NOBODY) -> float:
    """Return the score of two, in a register of a hundred thousand."""
    return shipped_weights().score(compare(mine, other), frequencies, PEOPLE)


def table(weights: Weights) -> dict[str, dict[str, list[float]]]:
    """Return weights as their file has them."""
    return {
        str(field): {str(level): [*likelihood] for level, likelihood in levels.items()}
        for field, levels in weights.likelihoods.items()
    }


def test_a_name_that_many_have_says_less() -> None:
    """Khan beside a name of which there are ten."""
    khan = nowhere("Ada", "Khan")
    counts = {Value(Counted.NAME, "khan"): 2_000, Value(Counted.NAME, "ada"): 50}
    common = score(khan, khan, Frequencies(counts, PEOPLE))
    rare = score(khan, khan, Frequencies(counts | {Value(Counted.NAME, "khan"): 10}, PEOPLE))

    assert rare > common + 4


def test_each_doubling_of_the_people_takes_a_bit_of_strangers() -> None:
    """Somebody alike is likelier to be there."""
    found = compare(nowhere("Ada", "Nwosu", None), nowhere("Ada", "Nwosu", None))
    scores = [shipped_weights().score(found, NOBODY, people) for people in (10**6, 2 * 10**6)]

    assert scores[0] - scores[1] == pytest.approx(1, abs=0.1)


def test_what_a_household_shares_makes_nobody_one_person() -> None:
    """Brother and sister: family name, address, telephone and e-mail."""
    brother = person("Obi", born=date(1988, 8, 2))

    assert score(person(), brother) < 0


def test_twins_and_namesakes_are_expected_in_a_household() -> None:
    """They score far below one person with a typing error."""
    twin, son = person("Tobias"), person(born=date(2009, 9, 2))

    assert score(person(), person("Adda")) > max(score(person(), twin), score(person(), son)) + 5


def test_an_estimate_reads_the_weights_it_writes() -> None:
    """The form of the file is one."""
    weights = shipped_weights()

    assert weights_of(table(weights)) == weights


def changed(change: dict[str, Any]) -> dict[str, Any]:
    """Return the shipped table with other levels for a field; None takes the field out."""
    fields = table(shipped_weights()) | change
    return {field: levels for field, levels in fields.items() if levels is not None}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (changed({"given": {"same": [1.0, 1.0]}}), "in given, part, short"),
        (changed({"given": None}), "in the weights, given missing"),
        (changed({"shoe-size": {"same": [1.0, 1.0]}}), "a name that is none of them"),
        (
            changed({"order": {"same": [1, 1], "other": [0, 0], "maybe": [0, 0]}}),
            "in order, a name",
        ),
        (changed({"order": {"same": [0.5, 0.5], "other": [0.2, 0.5]}}), "order .* its m adds up"),
        (changed({"order": {"same": [1.5, 0.5], "other": [-0.5, 0.5]}}), r"order\.same"),
        (changed({"order": {"same": [1.0, 0.5], "other": [math.nan, 0.5]}}), r"order\.other"),
        (changed({"order": {"same": ["1", 0.5], "other": [0.0, 0.5]}}), r"order\.same"),
        (changed({"order": {"same": [True, 0.5], "other": [0.0, 0.5]}}), r"order\.same"),
        (changed({"order": {"same": [1.0], "other": [0.0, 0.5]}}), r"order\.same"),
        (changed({"order": [1.0, 0.5]}), "in order, same, other missing"),
        (None, "in the weights, given, family"),
        ([1], "in the weights, given, family"),
    ],
)
def test_weights_that_are_none_are_refused(given: object, named: str) -> None:
    """By field and level: one is missing or unknown, is no share, or they make no whole."""
    with pytest.raises(WeightsError, match=named):
        weights_of(given)


@pytest.mark.parametrize(
    "content", [b"", b"likelihoods: [", b"- 1", b"\xff\xfe\x00", b"likelihoods: 1"]
)
def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path, content: bytes) -> None:
    """Nobody is compared by others in their place."""
    file = tmp_path / "weights.yaml"
    file.write_bytes(content)

    for missing_or_wrong in (file, tmp_path / "nowhere.yaml", tmp_path):
        with pytest.raises(WeightsError):
            read_weights(missing_or_wrong)


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    """But for figures behind the fifth."""
    file = tmp_path / "weights.yaml"
    file.write_text(weights_text(shipped_weights()), "utf-8")

    assert read_weights(file) == shipped_weights()


def test_the_difference_is_shown_for_every_level_with_the_pairs_that_it_is_found_in() -> None:
    """A field that neither has is in no pair."""
    same = tuple(LEVELS[field][0] if field is Field.GIVEN else None for field in Field)
    flat = weights_of(changed({"given": {level: [0.125, 0.125] for level in LEVELS[Field.GIVEN]}}))

    found = differences(shipped_weights(), flat, {same: 3}, {same: 2, NOTHING: 5})

    assert [(each.field, each.level) for each in found] == [
        (field, level) for field, levels in LEVELS.items() for level in levels
    ]
    first = found[0]
    assert (first.candidates, first.at_random) == (3, 2)
    assert first.before.bits > 8 > first.found.bits == 0.0
    assert not any(each.candidates or each.at_random for each in found[1:])


def test_every_level_has_a_weight() -> None:
    """The shipped file is whole, and a field that is the same speaks for one person."""
    weights = shipped_weights()

    assert {field: set(levels) for field, levels in weights.likelihoods.items()} == {
        field: set(levels) for field, levels in LEVELS.items()
    }
    for field in Field:
        same = weights.likelihoods[field][LEVELS[field][0]]
        other = weights.likelihoods[field][LEVELS[field][-1]]
        assert same.m > same.u
        assert other.m < other.u


def test_frequencies_are_counted_by_digest() -> None:
    """The register counts what it cannot read."""
    key = matching_key(bytes(32))
    ada = person()
    counts = Counter(value_digest(value, key) for value in values_counted(ada))

    found = Frequencies.by_digest(value_digests(ada, key), counts, people=10)

    assert found.counts == dict.fromkeys(values_counted(ada), 1)
    assert (
        Frequencies.by_digest(value_digests(ada, key), {}, people=10).share(Field.GIVEN, "ada", 0.1)
        < 0.1
    )


def test_a_few_people_move_what_is_expected_little() -> None:
    """Two of the first three people are called Khan; that is no share of two thirds."""
    share = Frequencies({Value(Counted.NAME, "khan"): 2}, 3).share(Field.FAMILY, "khan", 0.003)

    assert 0.003 < share < 0.01
