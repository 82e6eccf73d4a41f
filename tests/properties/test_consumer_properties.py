from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from consumers.analytics.disclosure_control import (
    FEWEST_PEOPLE,
    Count,
    Median,
    Row,
    apply_disclosure_control,
)
from consumers.changes import Change, latest_changes
from consumers.passport.event_facts import PassportFact
from consumers.passport.view import build, see_all_that_is_held
from schemas.categories import Category
from schemas.identifiers import PassportNumber
from schemas.trays import TrayRecord
from tests.support.factories import make_enrolment, make_outcome, make_referral
from tests.support.out_trays import out_record, retracted

EVENTS = [
    make(occurred_at=datetime(2026, 5, 4, tzinfo=UTC) + timedelta(days=day))
    for day in range(2)
    for make in (make_referral, make_enrolment, make_outcome)
]
VERSIONS = [
    [out_record(event), out_record(event, [Category.NOTES]), retracted(event)] for event in EVENTS
]
"""For each key: the whole record, a redacted one, a tombstone."""

State = dict[tuple[str, str], Change]


def folded(batches: Sequence[Sequence[TrayRecord]]) -> State:
    """Return the state of a recipient that upserts and deletes by key, batch after batch."""
    state: State = {}
    for batch in batches:
        state |= {(one.participant, one.event_id): one for one in latest_changes(batch)}
    return state


@st.composite
def histories(draw: st.DrawFn) -> list[TrayRecord]:
    """Return the records of a tray: some versions of some keys, in the order of the log."""
    numbers = st.tuples(st.integers(0, len(EVENTS) - 1), st.integers(0, 2))
    picked = draw(st.lists(numbers, min_size=1, max_size=25))
    return [VERSIONS[key][version]._replace(offset=at) for at, (key, version) in enumerate(picked)]


def cut(records: list[TrayRecord], at: list[int]) -> list[list[TrayRecord]]:
    """Cut a history into batches."""
    edges = sorted({0, len(records), *(one % (len(records) + 1) for one in at)})
    return [records[a:b] for a, b in pairwise(edges)]


@given(histories(), st.lists(st.integers(0, 100)))
def test_state_does_not_depend_on_how_a_history_is_cut_into_batches(
    history: list[TrayRecord], edges: list[int]
) -> None:
    """One batch, many, or one for each record: the same state."""
    assert folded(cut(history, edges)) == folded([history])


@given(histories(), st.data())
def test_replaying_from_an_earlier_position_changes_nothing(
    history: list[TrayRecord], data: st.DataObject
) -> None:
    """A reader that was killed reads a part again, and ends where it would have ended."""
    start = data.draw(st.integers(0, len(history)))
    stop = data.draw(st.integers(start, len(history)))

    assert folded([history[:stop], history[start:]]) == folded([history])


@given(histories(), st.randoms(use_true_random=False))
def test_the_order_between_keys_does_not_matter(history: list[TrayRecord], random: Random) -> None:
    """Partitions may be read in any order, as long as each key's own order is kept."""
    keys = [record.key for record in history]
    random.shuffle(keys)
    left = {key: [one for one in history if one.key == key] for key in keys}
    mixed = [left[key].pop(0) for key in keys]

    assert folded([mixed]) == folded([history])


facts = st.builds(
    PassportFact,
    participant_id=st.just("NWD"),
    event_id=st.sampled_from("abcd"),
    category=st.sampled_from([Category.IDENTITY, Category.CONTACT, Category.PROGRESS]),
    field=st.sampled_from(["one", "two"]),
    value=st.sampled_from(["x", "X", "y"]),
    event=st.just("referral"),
    provider_id=st.sampled_from(["college-c", "borough-d"]),
    service_id=st.just("college-c.courses"),
    occurred_at=st.sampled_from([datetime(2026, 5, day, tzinfo=UTC) for day in (4, 5)]),
)


@given(
    st.lists(facts, unique_by=lambda one: (one.event_id, one.category, one.field), max_size=12),
    st.randoms(use_true_random=False),
)
def test_a_passport_does_not_depend_on_the_order_of_its_facts(
    held: list[PassportFact], random: Random
) -> None:
    """Ties in time included: nothing is settled by arrival."""
    one_of_event = {fact.event_id: fact for fact in held}
    held = [  # an event has one provider and one moment
        fact._replace(
            provider_id=one_of_event[fact.event_id].provider_id,
            occurred_at=one_of_event[fact.event_id].occurred_at,
        )
        for fact in held
    ]
    mixed = list(held)
    random.shuffle(mixed)

    assert build(PassportNumber("NWD"), mixed, see_all_that_is_held) == build(
        PassportNumber("NWD"), held, see_all_that_is_held
    )


few = st.integers(0, FEWEST_PEOPLE - 1)
figures = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(0, 3)), min_size=1, max_size=8
)


def rows_of(people: list[tuple[int, int, int]]) -> list[Row]:
    """Return rows of two counts of people, and events for each person."""
    return [
        Row(
            (f"group {number:02}",),
            {
                "referred": Count(referred, referred),
                "enrolled": Count(enrolled, enrolled),
                "events": Count(referred * (1 + more), referred),
            },
            {"days": Median(float(enrolled), enrolled)},
        )
        for number, (referred, enrolled, more) in enumerate(people)
    ]


@given(figures, st.data())
def test_nothing_shown_depends_on_a_suppressed_count(
    people: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """Put any number under 5 for each number under 5: what is shown is the same, totals included.

    So no subtraction, nor anything else that is done with a shown table, gives a suppressed count.
    """
    others = [
        (
            data.draw(few) if referred < FEWEST_PEOPLE else referred,
            data.draw(few) if enrolled < FEWEST_PEOPLE else enrolled,
            more,
        )
        for referred, enrolled, more in people
    ]

    assert apply_disclosure_control(("borough",), rows_of(people)) == apply_disclosure_control(
        ("borough",), rows_of(others)
    )


@given(figures)
def test_what_is_shown_is_near_and_never_small(people: list[tuple[int, int, int]]) -> None:
    """A shown count is a multiple of 5, at least 5, and within 2 of the truth."""
    table = apply_disclosure_control(("borough",), rows_of(people))
    true = {row.group: row for row in rows_of(people)}

    for row in table.rows:
        for name, count in row.counts.items():
            if count is not None:
                assert count % 5 == 0
                assert count >= 5
                assert abs(count - true[row.group].counts[name].value) <= 2


@given(figures)
def test_taking_the_shown_cells_from_a_total_leaves_nothing(
    people: list[tuple[int, int, int]],
) -> None:
    """A total holds nothing of what is suppressed."""
    table = apply_disclosure_control(("borough",), rows_of(people))

    for name, total in table.totals.items():
        assert total == sum(row.counts[name] or 0 for row in table.rows)
