"""Splink 5 on the same records, in normal form, with what its own documentation advises.

Comparisons from its library, u by random sampling, m by expectation and maximisation, its blocking
rules as wide as it takes them. It is not in `requirements.lock`: `pip install
"no-wrong-door[bench]"`.
"""

import logging
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from consent_ledger.matching.spelling import Word
from consent_ledger.matching.traits import Traits

_COLUMNS: Final = (
    *("given", "family", "dob", "postcode", "street", "house"),
    *("place", "phone", "email", "ni", "uln"),
)
_RULES: Final = (
    *(("given", "family"), ("dob",), ("postcode", "substr(family,1,2)"), ("given", "postcode")),
    *(("family", "substr(dob,1,4)"), ("given", "substr(dob,1,4)"), ("street", "house")),
    *(("phone",), ("email",), ("ni",), ("uln",)),
)
_LOWEST: Final = 0.001


def is_installed() -> bool:
    """Tell whether Splink is there."""
    return find_spec("splink") is not None


def splink_scores(people: Sequence[Traits]) -> dict[tuple[int, int], float]:
    """Return Splink's match weight of each pair it thinks of, by their places."""
    warnings.simplefilter("ignore")
    logging.getLogger("splink").setLevel(logging.ERROR)
    rows = [_row(place, person) for place, person in enumerate(people)]
    columns = [name for name in _COLUMNS if any(row[name] is not None for row in rows)]
    splink: Any = import_module("splink")
    frame: Any = import_module("pandas").DataFrame(rows)[["unique_id", *columns]]
    rules = [rule for rule in _RULES if all(_column_of(part) in columns for part in rule)]
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(name) for name in columns],
        blocking_rules_to_generate_predictions=[splink.block_on(*rule) for rule in rules],
    )
    database = splink.DuckDBAPI()
    linker = splink.Linker(database.register(frame), settings)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [splink.block_on("given", "family", "dob")], recall=0.4
    )
    training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in (("dob",), ("family", "postcode" if "postcode" in columns else "given")):
        training.estimate_parameters_using_expectation_maximisation(splink.block_on(*rule))
    found = linker.inference.predict(threshold_match_probability=_LOWEST).as_pandas_dataframe()
    columns_found = (found.unique_id_l, found.unique_id_r, found.match_weight)
    return {
        (int(min(mine, other)), int(max(mine, other))): float(weight)
        for mine, other, weight in zip(*columns_found, strict=True)
    }


def _comparison(name: str) -> Any:
    library: Any = import_module("splink.comparison_library")
    if name in ("given", "family"):
        return library.NameComparison(name)
    if name == "dob":
        return library.DamerauLevenshteinAtThresholds(name, [1, 2])
    if name in ("postcode", "ni", "uln", "phone", "email"):
        return library.LevenshteinAtThresholds(name, [1])
    if name == "street":
        return library.JaroWinklerAtThresholds(name, [0.9])
    return library.ExactMatch(name)


def _column_of(part: str) -> str:
    return part.removeprefix("substr(").partition(",")[0]


def _row(place: int, person: Traits) -> dict[str, Any]:
    name = person.names[0] if person.names else None
    home = person.addresses[0] if person.addresses else None
    return {
        "unique_id": place,
        "given": _text(name.given) if name else None,
        "family": _text(name.family) if name else None,
        "dob": person.births[0].digits if person.births else None,
        "postcode": next(iter(person.postcodes), None),
        "street": (home.street or None) if home else None,
        "house": (home.house or None) if home else None,
        "place": (home.place or None) if home else None,
        "phone": next(iter(person.phones), None),
        "email": next(iter(person.emails), None),
        "ni": next(iter(person.ni_numbers), None),
        "uln": next(iter(person.ulns), None),
    }


def _text(words: tuple[Word, ...]) -> str | None:
    return " ".join(word.latin for word in words) or None
