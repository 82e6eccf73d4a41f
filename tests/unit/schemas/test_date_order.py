from datetime import date
from typing import Any

import pytest

from schemas.date_order import DATED_BLOCKS, DateOrderError, demand_date_order, misordered
from schemas.events import EVENT_TYPES, Event
from tests.support.factories import make_enrolment, make_outcome

EARLY, LATE = date(2026, 3, 2), date(2026, 5, 1)


def with_dates(event: Event, block: str, **dates: date) -> Event:
    """Return an event with other dates in one block."""
    changed = getattr(event, block).model_copy(update=dates)
    return event.model_copy(update={block: changed})


@pytest.mark.parametrize(
    ("event", "block", "dates", "field"),
    [
        (make_enrolment(), "participation", {"ended_on": EARLY}, "participation.ended_on"),
        (make_enrolment(), "participation", {"planned_end_on": EARLY}, "participation.planned"),
        (make_enrolment(), "identity", {"date_of_birth": date(2026, 5, 2)}, "participation.start"),
        (make_outcome(), "progress", {"effective_to": EARLY}, "progress.effective_to"),
        (make_outcome(), "identity", {"date_of_birth": date(2026, 6, 2)}, "progress.effective_f"),
    ],
)
def test_what_is_before_its_beginning_is_refused_by_field_and_without_a_day(
    event: Event, block: str, dates: dict[str, date], field: str
) -> None:
    """An end before its start, and a start before its person was born."""
    with pytest.raises(DateOrderError) as caught:
        demand_date_order(with_dates(event, block, **dates))

    (problem,) = caught.value.problems
    assert problem.startswith(field)
    assert "2026" not in str(caught.value)


@pytest.mark.parametrize(
    "blocks",
    [
        {},
        {"participation": None, "progress": {}},
        {"participation": {"started_on": None, "ended_on": EARLY}},
        {"participation": {"started_on": LATE, "ended_on": LATE}},
        {"progress": {"effective_from": EARLY, "effective_to": LATE}},
    ],
)
def test_what_is_missing_or_of_one_day_can_be(blocks: dict[str, Any]) -> None:
    """A course of one day ends when it starts."""
    assert misordered(blocks) == []


def test_every_event_with_such_dates_is_looked_at() -> None:
    """Also a block that comes to have them: of each event type, those that it can compare."""
    days = {"started_on", "planned_end_on", "ended_on"}
    for name, model in EVENT_TYPES.items():
        participation = model.model_fields["participation"].annotation
        has_days = days & participation.model_fields.keys() if participation else set()
        assert bool(has_days) == ("participation" in DATED_BLOCKS.get(name, ()))
