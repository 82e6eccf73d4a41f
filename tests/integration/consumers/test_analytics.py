from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, select

from consumers.analytics import tables
from consumers.analytics.disclosure_control import ReleasedRow, ReleasedTable
from consumers.analytics.facts import AnalyticsFact, AnalyticsFacts
from consumers.analytics.measures import By, funnel, interim_outcomes, outcomes, unmet_needs
from consumers.changes import latest_changes
from schemas.identifiers import PassportNumber, ServiceId
from tests.support.factories import make_enrolment, make_outcome, make_referral
from tests.support.out_trays import out_record, retracted

MAY = date(2026, 5, 1)


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """Give a connection to empty tables."""
    with engine.begin() as begun:
        yield begun


def fact(
    person: PassportNumber,
    event: str,
    day: int,
    service: ServiceId = ServiceId("college-c.maths"),
    **more: Any,
) -> AnalyticsFact:
    """Return one event of somebody, so many days after the first of May."""
    bare = AnalyticsFact(
        participant=person,
        event_key=f"{person}-{event}-{day}-{service}-{more}",
        event=event,
        stage="recorded" if event == "outcome" else "started",
        service_id=service,
        decline_reason=None,
        programme=None,
        borough=None,
        birth_band=None,
        on_day=MAY + timedelta(days=day),
        started_on=None,
        outcome_category=None,
        outcome_code=None,
        effective_on=None,
        hours_per_week=None,
    )
    return bare._replace(**more)


def store(connection: Connection, *facts: AnalyticsFact) -> None:
    """Put facts into the table."""
    connection.execute(insert(tables.fact), [one._asdict() for one in facts])


def row(table: ReleasedTable, *group: str | None) -> ReleasedRow:
    """Return the row of a group."""
    (found,) = [one for one in table.rows if one.group == group]
    return found


def turned_away(person: str, day: int, why: str = "no_capacity", **more: Any) -> AnalyticsFact:
    """Return that somebody was declined, so many days after the first of May."""
    number = PassportNumber(person)
    return fact(number, "referral", day, stage="declined", decline_reason=why, **more)


def people(count: int, start: int = 0) -> list[str]:
    """Return so many pseudonyms."""
    return [f"P{number}" for number in range(start, start + count)]


def test_an_event_is_upserted_and_deleted_by_key(connection: Connection) -> None:
    """The projection holds one row an event, replaced and retracted like everything else."""
    kept, gone, changed = make_referral(), make_enrolment(), make_outcome()
    projection = AnalyticsFacts()
    projection.apply(connection, latest_changes(map(out_record, (kept, gone, changed))))
    projection.apply(
        connection, latest_changes([retracted(gone), out_record(changed, progress=None)])
    )

    held = {row.event_key: row.outcome_category for row in connection.execute(select(tables.fact))}

    assert held == {kept.event_id: "EMP", changed.event_id: None}

    projection.clear(connection)

    assert connection.execute(select(tables.fact)).all() == []


def test_the_funnel_counts_people_from_referral_to_outcome(connection: Connection) -> None:
    """20 are referred to the college, 15 enrol after 7 days, 10 of them find work 30 days later."""
    for person in people(20):
        store(connection, fact(PassportNumber(person), "referral", 0))
    for person in people(15):
        store(
            connection,
            fact(PassportNumber(person), "enrolment", 7),
            fact(PassportNumber(person), "enrolment", 90),
        )
    for person in people(10):
        store(
            connection,
            fact(
                PassportNumber(person),
                "outcome",
                37,
                ServiceId("borough-d.jobs"),
                outcome_category="EMP",
            ),
            fact(
                PassportNumber(person),
                "outcome",
                20,
                ServiceId("charity-b.mentoring"),
                outcome_category="INT",
            ),
        )

    college = row(funnel(connection, By.PROVIDER), "college-c")

    assert college.counts == {
        "referred": 20,
        "referred_enrolled": 15,
        "enrolled": 15,
        "interim": 10,
        "reached": 10,
    }
    assert college.medians == {"days_to_enrolment": 7, "days_to_outcome": 30}


def test_an_outcome_before_the_enrolment_is_not_its_fruit(connection: Connection) -> None:
    """Only what comes after counts, and a disputed outcome does not count."""
    for person in people(10):
        store(
            connection,
            fact(PassportNumber(person), "enrolment", 7),
            fact(PassportNumber(person), "outcome", 1, outcome_category="EMP"),
            fact(PassportNumber(person), "outcome", 50, outcome_category="NPE"),
            fact(PassportNumber(person), "outcome", 60, outcome_category="EMP", stage="disputed"),
        )

    college = row(funnel(connection, By.PROVIDER), "college-c")

    assert college.counts["enrolled"] == 10
    assert college.counts["reached"] is None


def test_an_outcome_counts_from_its_first_day(connection: Connection) -> None:
    """A job that is told late is dated by its start."""
    for person in people(10):
        store(
            connection,
            fact(PassportNumber(person), "enrolment", 10, started_on=MAY),
            fact(
                PassportNumber(person),
                "outcome",
                300,
                outcome_category="EMP",
                effective_on=MAY + timedelta(days=20),
            ),
        )

    assert row(funnel(connection, By.PROVIDER), "college-c").medians["days_to_outcome"] == 20


def test_people_are_counted_once_for_each_group(connection: Connection) -> None:
    """By borough somebody counts where they lived last, by provider and programme with each."""
    for person in people(10):
        store(
            connection,
            fact(PassportNumber(person), "referral", 0, borough="Camden", programme="Skills"),
            fact(
                PassportNumber(person),
                "referral",
                3,
                ServiceId("charity-b.jobs"),
                borough="Barnet",
                birth_band=1990,
            ),
        )

    assert [one.group for one in funnel(connection, By.BOROUGH).rows] == [("Barnet",)]
    assert [one.group for one in funnel(connection, By.BIRTH_BAND).rows] == [("1990",)]
    assert [one.group for one in funnel(connection, By.PROVIDER).rows] == [
        ("charity-b",),
        ("college-c",),
    ]
    assert [one.group for one in funnel(connection, By.PROGRAMME).rows] == [("Skills",), (None,)]
    assert funnel(connection, By.BOROUGH).totals["referred"] == 10


def test_an_enrolment_without_a_referral_is_counted(connection: Connection) -> None:
    """People who came by themselves are among the enrolled, not among the referred."""
    for person in people(10):
        store(connection, fact(PassportNumber(person), "enrolment", 7))

    college = row(funnel(connection, By.PROVIDER), "college-c")

    assert college.counts["enrolled"] == 10
    assert college.counts["referred"] is None


def test_few_people_are_never_shown(connection: Connection) -> None:
    """Four people leave no trace in any table, whatever happened to them and how often."""
    for person in people(4):
        store(
            connection,
            fact(PassportNumber(person), "referral", 0, borough="Camden"),
            turned_away(person, 3),
            *(
                fact(
                    PassportNumber(person), "outcome", day, outcome_category=kind, outcome_code="1"
                )
                for day in range(9)
                for kind in ("EMP", "INT")
            ),
        )

    for by in By:
        for measure in (funnel, outcomes, interim_outcomes, unmet_needs):
            assert measure(connection, by).rows == ()
            assert measure(connection, by).totals == {}


def test_outcomes_are_counted_by_category_with_hours(connection: Connection) -> None:
    """Each category has its people, its events and the median hours a week."""
    for number, person in enumerate(people(10)):
        store(
            connection,
            fact(
                PassportNumber(person),
                "outcome",
                1,
                ServiceId("borough-d.jobs"),
                outcome_category="EMP",
                hours_per_week=float(10 + number),
            ),
            fact(
                PassportNumber(person),
                "outcome",
                2,
                ServiceId("borough-d.jobs"),
                outcome_category="GWK",
            ),
            fact(
                PassportNumber(person),
                "outcome",
                3,
                ServiceId("borough-d.jobs"),
                outcome_category="GWK",
            ),
        )

    table = outcomes(connection, By.PROVIDER)

    assert row(table, "borough-d", "EMP").counts == {"people": 10, "outcomes": 10}
    assert row(table, "borough-d", "EMP").medians == {"hours_per_week": 14}
    assert row(table, "borough-d", "GWK").counts == {"people": 10, "outcomes": 20}
    assert row(table, "borough-d", "GWK").medians == {"hours_per_week": None}


def test_steps_on_the_way_are_counted_with_the_work_that_followed(
    connection: Connection,
) -> None:
    """Of ten who volunteered on the way five found work afterwards."""
    for person in people(10):
        store(
            connection,
            fact(
                PassportNumber(person),
                "outcome",
                5,
                outcome_category="INT",
                outcome_code="volunteering",
            ),
            fact(PassportNumber(person), "outcome", 1, outcome_category="EMP"),
        )
    for person in people(5):
        store(connection, fact(PassportNumber(person), "outcome", 50, outcome_category="EMP"))

    table = interim_outcomes(connection, By.PROVIDER)

    assert row(table, "college-c", "volunteering").counts == {"people": 10, "then_in_work": 5}


def test_who_is_turned_away_is_counted_by_reason_with_who_enrolled_since(
    connection: Connection,
) -> None:
    """Of twenty without a place ten found one elsewhere; what people did not want is no need."""
    for person in people(20):
        store(connection, turned_away(person, 10), turned_away(person, 12))
    for person in people(10):
        store(connection, fact(PassportNumber(person), "enrolment", 30, ServiceId("charity-b.art")))
    for person in people(5, start=10):
        store(
            connection,
            fact(PassportNumber(person), "enrolment", 5),  # before, so not what came of it
            fact(PassportNumber(person), "enrolment", 40, stage="waiting"),
        )
    for person in people(10, start=20):
        store(connection, turned_away(person, 10, "person_declined"))

    table = unmet_needs(connection, By.PROVIDER)

    assert [one.group for one in table.rows] == [("college-c", "no_capacity")]
    assert table.rows[0].counts == {"people": 20, "enrolled_since": 10}


def test_whoever_waits_or_was_entered_in_error_is_not_enrolled(connection: Connection) -> None:
    """Nor is whoever was sent a link referred, nor a mistake an outcome."""
    for person in people(10):
        number = PassportNumber(person)
        store(
            connection,
            fact(number, "referral", 1, stage="signposted"),
            fact(number, "enrolment", 2, stage="offered"),
            fact(number, "enrolment", 3, stage="entered_in_error"),
            fact(number, "outcome", 4, stage="entered_in_error", outcome_category="EMP"),
        )

    assert funnel(connection, By.PROVIDER).rows == ()
    assert outcomes(connection, By.PROVIDER).rows == ()
