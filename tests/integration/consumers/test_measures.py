"""The measures in SQL against the same measures worked out the plain way."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert

from consumers.analytics import measures, tables
from consumers.analytics.disclosure_control import Row
from consumers.analytics.facts import AnalyticsFact
from consumers.analytics.measures import By
from schemas.events import EnrolmentStage, OutcomeStage, ReferralStage
from tests.integration.consumers.plain_figures import PlainFigures

MEASURES: list[tuple[Callable[[Connection, By], Any], Callable[[PlainFigures], list[Row]]]] = [
    (measures.funnel, PlainFigures.funnel),
    (measures.outcomes, PlainFigures.outcomes),
    (measures.interim_outcomes, PlainFigures.interim_outcomes),
    (measures.unmet_needs, PlainFigures.unmet_needs),
]

STAGES = sorted({*OutcomeStage, *ReferralStage, *EnrolmentStage})

days = st.integers(0, 4).map(lambda after: date(2026, 5, 1) + timedelta(days=after))
facts = st.builds(
    AnalyticsFact,
    participant=st.sampled_from("ab"),
    event_key=st.just(""),
    event=st.sampled_from(["referral", "enrolment", *3 * ["outcome"]]),
    stage=st.sampled_from([*8 * ["recorded"], *2 * ["declined"], *STAGES]),
    service_id=st.sampled_from(["borough-d.jobs", "borough-d.advice", "college-c.maths"]),
    decline_reason=st.sampled_from([None, "no_capacity", "closed", "person_declined"]),
    programme=st.sampled_from([None, "skills", "work"]),
    borough=st.sampled_from([None, "Camden", "Southwark"]),
    birth_band=st.sampled_from([None, 1985, 1990]),
    on_day=days,
    started_on=st.none() | days,
    outcome_category=st.sampled_from([None, "EMP", "EMP", "INT", "INT", "EDU"]),
    outcome_code=st.sampled_from([None, "cv", "ready"]),
    effective_on=st.none() | days,
    hours_per_week=st.sampled_from([None, 7.5, 16.0, 35.0]),
)


def test_every_measure_counts_what_is_there(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The true figures, by each breakdown: what may be shown of them is the control's business."""
    monkeypatch.setattr(measures, "apply_disclosure_control", lambda _, rows: in_order(rows))

    @given(st.lists(facts, min_size=8, max_size=30))
    def holds(found: list[AnalyticsFact]) -> None:
        numbered = [one._replace(event_key=f"{at:02}") for at, one in enumerate(found)]
        with engine.connect() as connection:  # rolled back when it ends
            if numbered:
                connection.execute(insert(tables.fact), [one._asdict() for one in numbered])
            for by in By:
                for measure, plainly in MEASURES:
                    counted = measure(connection, by)
                    assert (by, counted) == (by, in_order(plainly(PlainFigures(numbered, by))))

    holds()


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Return rows by their groups."""
    return sorted(rows, key=lambda row: [part or "" for part in row.group])
