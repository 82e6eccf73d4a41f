"""What may be shown of figures about people: primary suppression, and rounding.

The rules, as UK public statistics keep them (suppress under 5, round to the nearest 5):

1. A figure that rests on fewer than 5 people is suppressed, zero included. A zero is not harmless:
   it says of everybody in the group that none of them was referred, enrolled or helped; and were it
   shown, "suppressed" would mean that there is somebody.
2. Every other count is rounded to the nearest 5, so that neither a difference between two columns
   (referred, and of them enrolled), nor between two tables of the same people, nor between today's
   and yesterday's, is the number of one or two persons.
3. A total is the sum of what is shown in its column, not of what is true. Taking the shown cells
   from it leaves zero, whatever was suppressed: there is nothing to subtract from, so no second
   cell has to be hidden (complementary suppression would hide one for each). For the same reason a
   row in which nothing is shown is left out: its presence would say that somebody is in it.
4. A median is the figure of one person or two: shown for 10 people or more, as a whole number.

So a table is the same, byte for byte, whatever the suppressed figures are. Between two tables of
the same people the protection is the rounding, each count true to within 2: compare few, and
publish seldom.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict

FEWEST_PEOPLE: Final = 5
ROUND_TO: Final = 5
FEWEST_FOR_MEDIAN: Final = 10


class Count(NamedTuple):
    """A number of people or events, and how many people it rests on."""

    value: int
    people: int


class Median(NamedTuple):
    """The middle of the figures of so many people."""

    value: float | None
    people: int


class Row(NamedTuple):
    """The true figures of one group, which are never shown as they are."""

    group: tuple[str | None, ...]
    counts: Mapping[str, Count]
    medians: Mapping[str, Median]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ShownRow(_Frozen):
    """The figures of one group as they may be shown. None is a figure that is suppressed.

    A None in `group` is a group of which it is not known: no borough given, say.
    """

    group: tuple[str | None, ...]
    counts: dict[str, int | None]
    medians: dict[str, int | None]


class ShownTable(_Frozen):
    """A table that may be shown. `by` names the parts of each row's group."""

    by: tuple[str, ...]
    rows: tuple[ShownRow, ...]
    totals: dict[str, int]


def shown(by: tuple[str, ...], rows: Iterable[Row]) -> ShownTable:
    """Return the table as it may be shown, its groups in order, unknown ones last."""
    kept = [row for row in map(_shown_row, rows) if any(row.counts.values())]
    kept.sort(key=lambda row: [(part is None, part or "") for part in row.group])
    totals: dict[str, int] = {}
    for row in kept:
        for name, count in row.counts.items():
            totals[name] = totals.get(name, 0) + (count or 0)
    return ShownTable(by=by, rows=tuple(kept), totals=totals)


def _shown_row(row: Row) -> ShownRow:
    return ShownRow(
        group=row.group,
        counts={name: _shown_count(count) for name, count in row.counts.items()},
        medians={name: _shown_median(median) for name, median in row.medians.items()},
    )


def _shown_count(count: Count) -> int | None:
    if count.people < FEWEST_PEOPLE:
        return None
    return ROUND_TO * ((count.value + ROUND_TO // 2) // ROUND_TO)


def _shown_median(median: Median) -> int | None:
    if median.value is None or median.people < FEWEST_FOR_MEDIAN:
        return None
    return round(median.value)
