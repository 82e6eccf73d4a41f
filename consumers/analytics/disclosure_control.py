"""What may be shown of figures about people: primary suppression, and rounding.

The rules, as UK public statistics keep them (suppress under 5, round to the nearest 5):

1. A figure that rests on fewer than 5 people is suppressed, zero included. A zero discloses too: it
   says of each person in the group that they were not referred, enrolled or helped; and were it
   shown, "suppressed" would mean that there is a person.
2. Every other count is rounded to the nearest 5, so that neither a difference between two columns
   (referred, and of them enrolled), nor between two tables of the same people, nor between today's
   and yesterday's, is the number of one or two persons.
3. A total is the sum of what is shown in its column, not of what is true. Taking the shown cells
   from it leaves zero, whatever was suppressed: there is nothing to subtract from, so no second
   cell has to be hidden (complementary suppression would hide one for each). For the same reason a
   row in which nothing is shown is left out: its presence would say that a person is in it.
4. A median is the figure of one person or two: shown for 10 people or more, as a whole number.

So a table is the same, byte for byte, whatever the suppressed figures are. Between two tables of
the same people the protection is the rounding, each count true to within 2: compare few, and
publish seldom.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from pydantic import BaseModel

FEWEST_PEOPLE: Final = 5
ROUND_TO: Final = 5
FEWEST_FOR_MEDIAN: Final = 10


class Count(NamedTuple):
    """A number of people or events, and how many people it rests on."""

    value: int
    people: int


class Median(NamedTuple):
    """The median of the figures of a number of people."""

    value: float | None
    people: int


class Row(NamedTuple):
    """The true figures of one group, which are never shown as they are."""

    group: tuple[str | None, ...]
    counts: Mapping[str, Count]
    medians: Mapping[str, Median]


class ReleasedRow(BaseModel, frozen=True):
    """The figures of one group as they may be shown: None is a suppressed figure.

    A None in `group` is a part that is unknown, such as a borough that was not given.
    """

    group: tuple[str | None, ...]
    counts: dict[str, int | None]
    medians: dict[str, int | None]


class ReleasedTable(BaseModel, frozen=True):
    """A table that may be shown. `by` names the parts of each row's group."""

    by: tuple[str, ...]
    rows: tuple[ReleasedRow, ...]
    totals: dict[str, int]


def apply_disclosure_control(by: tuple[str, ...], rows: Iterable[Row]) -> ReleasedTable:
    """Return the table as it may be shown, its groups in order, unknown ones last."""
    released = [row for row in map(_released, rows) if any(row.counts.values())]
    released.sort(key=lambda row: [(part is None, part or "") for part in row.group])
    totals: Counter[str] = Counter()
    for row in released:
        totals.update({name: count or 0 for name, count in row.counts.items()})
    return ReleasedTable(by=by, rows=tuple(released), totals=totals)


def _released(row: Row) -> ReleasedRow:
    return ReleasedRow(
        group=row.group,
        counts={name: _rounded(count) for name, count in row.counts.items()},
        medians={name: _whole(median) for name, median in row.medians.items()},
    )


def _rounded(count: Count) -> int | None:
    if count.people < FEWEST_PEOPLE:
        return None
    return ROUND_TO * ((count.value + ROUND_TO // 2) // ROUND_TO)


def _whole(median: Median) -> int | None:
    if median.value is None or median.people < FEWEST_FOR_MEDIAN:
        return None
    return round(median.value)
