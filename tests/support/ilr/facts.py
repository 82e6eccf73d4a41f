"""What the Department for Education published about the ILR, kept as facts in tables/.

- `elements.csv`: the elements of the XSDs of 2018-19 and 2025-26, how often each stands there and
  which values it takes. `text` is the XSDs' RestrictedString, a range of it a length.
- `codes-2020-21.csv`: codes of the reference data of 2020-21, with the day on which some ended.
- `rules-2025-26.csv`: severities in the validation rules of 2025-26, for the rules of our table.

Where the published files are, `test_published_facts` compares each table with its source.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "tables"
_BOTH: Final = "both"
YEARS: Final = {2018: "2018-19", 2025: "2025-26"}
"""The years of the XSDs, by the calendar year in which each begins."""


@dataclass(frozen=True, slots=True)
class Element:
    """An element of an XSD. `at_most` is None where there is no limit.

    `base` is "group" where it holds others, or else what its value is a restriction of; `range`
    and `pattern` are empty where the XSD sets none.
    """

    path: str
    at_least: int
    at_most: int | None
    base: str
    range: str
    pattern: str


def elements(year: int) -> list[Element]:
    """Return the elements of one year's XSD, parents first."""
    return [
        Element(
            path=row["path"],
            at_least=int(row["at_least"]),
            at_most=int(row["at_most"]) if row["at_most"] else None,
            base=row["base"],
            range=row["range"],
            pattern=row["pattern"],
        )
        for row in _rows("elements")
        if row["years"] in {_BOTH, YEARS[year]}
    ]


def codes(name: str) -> dict[str, date | None]:
    """Return the codes of a list of 2020-21, each with the day on which it ended, if it has."""
    return {
        row["code"]: date.fromisoformat(row["until"]) if row["until"] else None
        for row in _rows("codes-2020-21")
        if row["list"] == name
    }


def severities() -> dict[str, str]:
    """Return "error" or "warning" for each rule, by its id."""
    return {row["rule"]: row["severity"] for row in _rows("rules-2025-26")}


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
