"""Dates of one event that cannot be in that order: one rule, for every door."""

from collections.abc import Mapping
from typing import Any, Final

from schemas.errors import MalformedError
from schemas.events import Event, event_type

_Place = tuple[str, str]

_BIRTH: Final = ("identity", "date_of_birth")
_NOT_BEFORE: Final[tuple[tuple[_Place, _Place], ...]] = (
    (("participation", "planned_end_on"), ("participation", "started_on")),
    (("participation", "ended_on"), ("participation", "started_on")),
    (("progress", "effective_to"), ("progress", "effective_from")),
    (("participation", "started_on"), _BIRTH),
    (("progress", "effective_from"), _BIRTH),
)
"""Of each two dates, as block and field, the first is not before the second."""

DATED_BLOCKS: Final[Mapping[str, frozenset[str]]] = {
    "enrolment": frozenset({"identity", "participation"}),
    "outcome": frozenset({"identity", "progress"}),
}
"""By event type, the blocks that hold such dates; a referral has none."""


class DateOrderError(MalformedError):
    """An event whose dates cannot be in that order; `problems` names fields, never a day."""

    def __init__(self, *problems: str) -> None:
        super().__init__(f"The event's dates cannot be in that order: {', '.join(problems)}.")
        self.problems = problems


def misordered(blocks: Mapping[str, Any]) -> list[str]:
    """Return in words which dates cannot be in that order, given fields by block by name.

    The dates are all of one kind: `date`, or days since 1970. A block or a date that is missing
    says nothing.
    """
    return [
        f"{'.'.join(later)}: it is before {'.'.join(earlier)}"
        for later, earlier in _NOT_BEFORE
        if (end := _day(blocks, later)) is not None
        and (start := _day(blocks, earlier)) is not None
        and end < start
    ]


def demand_date_order(event: Event) -> None:
    """Raise DateOrderError where the dates of an event cannot be in that order."""
    blocks = DATED_BLOCKS.get(event_type(event), ())
    told = {name: vars(block) for name in blocks if (block := getattr(event, name))}
    found = misordered(told)
    if found:
        raise DateOrderError(*found)


def _day(blocks: Mapping[str, Any], place: _Place) -> Any:
    block, field = place
    return (blocks.get(block) or {}).get(field)
