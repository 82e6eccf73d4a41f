"""What the hub measures: how far people come, how long it takes, what they reach.

Every function returns figures that passed the disclosure control; the true ones stay in here.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    Connection,
    Date,
    FromClause,
    Label,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from consumers.analytics.disclosure_control import (
    Count,
    Median,
    ReleasedTable,
    Row,
    apply_disclosure_control,
)
from consumers.analytics.tables import fact
from schemas.decline_reasons import CONSEQUENCES
from schemas.events import EnrolmentStage, OutcomeStage, ReferralStage

REACHED: Final = ("EMP", "EDU", "VOL", "QUAL")
"""Outcomes that are reached. The others say where a person is (NPE, GAP, SDE, OTH), what lies on
the way (INT), or how a job turned out (GWK)."""
INTERIM: Final = "INT"
WORK: Final = "EMP"
_UNCONFIRMED: Final = (
    OutcomeStage.DISPUTED,
    OutcomeStage.UNSPECIFIED,
    OutcomeStage.ENTERED_IN_ERROR,
)
"""Stages of an outcome that leave open whether it came about."""
_NOT_BEGUN: Final = {
    "referral": (ReferralStage.SIGNPOSTED, ReferralStage.ENTERED_IN_ERROR),
    "enrolment": (
        EnrolmentStage.WAITING,
        EnrolmentStage.OFFERED,
        EnrolmentStage.OFFER_DECLINED,
        EnrolmentStage.CANCELLED,
        EnrolmentStage.ENTERED_IN_ERROR,
    ),
}
"""Stages at which nobody has been referred, or taken part."""
_DECLINED: Final = (ReferralStage.DECLINED, ReferralStage.OFFER_DECLINED)
_UNMET: Final = tuple(sorted(why for why, what in CONSEQUENCES.items() if what.is_unmet_need))
"""Reasons for which the person still wants what nobody gives them."""


class By(StrEnum):
    """What a table may be broken down by."""

    PROVIDER = "provider"
    """The service's: who is referred to, who teaches, who reports the outcome."""
    PROGRAMME = "programme"
    BOROUGH = "borough"
    """The person's, as the last event with a borough gave it."""
    BIRTH_BAND = "birth-band"
    """The first year of the five in which the person was born."""


def funnel(connection: Connection, by: By) -> ReleasedTable:
    """Return how many people were referred, enrolled and reached something, and median days.

    Counts: `referred`; `referred_enrolled`, those of them who enrolled later; `enrolled`, referred
    or not; `interim` and `reached`, those of the enrolled with such an outcome afterwards, from
    any provider. Medians: `days_to_enrolment` of those referred, `days_to_outcome` of those who
    reached something.
    """
    referred, enrolled = _first_day("referral", by), _first_day("enrolment", by)
    reached = _first_outcome_after(enrolled, REACHED)
    interim = _first_outcome_after(enrolled, (INTERIM,))
    joined: FromClause = referred.join(enrolled, _same(referred, enrolled), full=True)
    joined = joined.join(reached, _same(enrolled, reached), isouter=True)
    joined = joined.join(interim, _same(enrolled, interim), isouter=True)
    # empty where either day is unknown, or the enrolment came first; medians leave those out
    to_enrolment = case((enrolled.c.day >= referred.c.day, enrolled.c.day - referred.c.day))
    to_outcome = reached.c.day - enrolled.c.day
    group = func.coalesce(referred.c.group, enrolled.c.group)
    groups = connection.execute(
        select(
            group,
            func.count(referred.c.day),
            func.count(to_enrolment),
            func.count(enrolled.c.day),
            func.count(interim.c.day),
            func.count(reached.c.day),
            func.percentile_cont(0.5).within_group(to_enrolment),
            func.percentile_cont(0.5).within_group(to_outcome),
        )
        .select_from(joined)
        .group_by(group)
    )
    rows = []
    columns = ("referred", "referred_enrolled", "enrolled", "interim", "reached")
    for name, *people, days_to_enrolment, days_to_outcome in groups:
        counts = {column: Count(n, n) for column, n in zip(columns, people, strict=True)}
        medians = {
            "days_to_enrolment": Median(days_to_enrolment, counts["referred_enrolled"].people),
            "days_to_outcome": Median(days_to_outcome, counts["reached"].people),
        }
        rows.append(Row((name or None,), counts, medians))
    return apply_disclosure_control((by.value,), rows)


def outcomes(connection: Connection, by: By) -> ReleasedTable:
    """Return people, outcomes and median hours a week for each category of outcome."""
    people = _people()
    group, category = _group(by, people), fact.c.outcome_category
    groups = connection.execute(
        select(
            group,
            category,
            func.count(fact.c.participant.distinct()),
            func.count(),
            func.percentile_cont(0.5).within_group(fact.c.hours_per_week),
            func.count(fact.c.participant.distinct()).filter(fact.c.hours_per_week.is_not(None)),
        )
        .select_from(_with_people(people))
        .where(_is_outcome(), category.is_not(None))
        .group_by(group, category)
    )
    return apply_disclosure_control(
        (by.value, "outcome"),
        (
            Row(
                (name or None, category_name),
                {"people": Count(persons, persons), "outcomes": Count(events, persons)},
                {"hours_per_week": Median(hours, with_hours)},
            )
            for name, category_name, persons, events, hours, with_hours in groups
        ),
    )


def interim_outcomes(connection: Connection, by: By) -> ReleasedTable:
    """Return, for each kind of step on the way, how many took it and how many then found work."""
    people = _people()
    group, code = _group(by, people), func.coalesce(fact.c.outcome_code, "").label("code")
    step = (
        select(fact.c.participant, group, code, func.min(_outcome_day()).label("day"))
        .select_from(_with_people(people))
        .where(_is_outcome(), fact.c.outcome_category == INTERIM)
        .group_by(fact.c.participant, group, code)
        .subquery()
    )
    work = _outcomes_of((WORK,))
    last_work = (
        select(work.c.participant, func.max(work.c.day).label("day"))
        .group_by(work.c.participant)
        .subquery()
    )
    then_work = and_(last_work.c.participant == step.c.participant, last_work.c.day >= step.c.day)
    groups = connection.execute(
        select(step.c.group, step.c.code, func.count(), func.count(last_work.c.day))
        .select_from(step.join(last_work, then_work, isouter=True))
        .group_by(step.c.group, step.c.code)
    )
    return apply_disclosure_control(
        (by.value, "step"),
        (
            Row(
                (name or None, kind or None),
                {"people": Count(took, took), "then_in_work": Count(worked, worked)},
                {},
            )
            for name, kind, took, worked in groups
        ),
    )


def unmet_needs(connection: Connection, by: By) -> ReleasedTable:
    """Return, for each reason that leaves a need unmet, how many people were turned away for it.

    `enrolled_since` are those of them who have enrolled anywhere from that day on.
    """
    people = _people()
    group, why = _group(by, people), fact.c.decline_reason.label("why")
    turned_away = (
        select(fact.c.participant, group, why, func.min(fact.c.on_day).label("day"))
        .select_from(_with_people(people))
        .where(fact.c.stage.in_(_DECLINED), why.in_(_UNMET))
        .group_by(fact.c.participant, group, why)
        .subquery()
    )
    last_enrolled = (
        select(fact.c.participant, func.max(_begun_on()).label("day"))
        .where(_has_begun("enrolment"))
        .group_by(fact.c.participant)
        .subquery()
    )
    since = and_(
        last_enrolled.c.participant == turned_away.c.participant,
        last_enrolled.c.day >= turned_away.c.day,
    )
    groups = connection.execute(
        select(
            turned_away.c.group, turned_away.c.why, func.count(), func.count(last_enrolled.c.day)
        )
        .select_from(turned_away.join(last_enrolled, since, isouter=True))
        .group_by(turned_away.c.group, turned_away.c.why)
    )
    return apply_disclosure_control(
        (by.value, "reason"),
        (
            Row(
                (name or None, reason),
                {"people": Count(away, away), "enrolled_since": Count(enrolled, enrolled)},
                {},
            )
            for name, reason, away, enrolled in groups
        ),
    )


def _people() -> Subquery:
    """Return the borough and the birth band of each person: the last known, ties settled."""

    def last(column: Any) -> Any:
        ordered = aggregate_order_by(column, fact.c.on_day.desc(), fact.c.event_key.desc())
        kind = ARRAY(column.type)
        return func.array_agg(ordered, type_=kind).filter(column.is_not(None))[1]

    return (
        select(
            fact.c.participant,
            last(fact.c.borough).label("borough"),
            last(fact.c.birth_band).label("birth_band"),
        )
        .group_by(fact.c.participant)
        .subquery("people")
    )


def _with_people(people: Subquery) -> FromClause:
    return fact.join(people, people.c.participant == fact.c.participant)


def _group(by: By, people: Subquery) -> Label[str]:
    """Return an event's group as a text, empty where it is unknown: NULL joins with nothing."""
    groups: dict[By, Any] = {
        By.PROVIDER: func.split_part(fact.c.service_id, ".", 1),
        By.PROGRAMME: fact.c.programme,
        By.BOROUGH: people.c.borough,
        By.BIRTH_BAND: cast(people.c.birth_band, Text),
    }
    return func.coalesce(groups[by], "").label("group")


def _first_day(event: str, by: By) -> Subquery:
    """Return the first day on which each person had such an event, for each group."""
    people = _people()
    group = _group(by, people)
    return (
        select(fact.c.participant, group, func.min(_begun_on(), type_=Date).label("day"))
        .select_from(_with_people(people))
        .where(_has_begun(event))
        .group_by(fact.c.participant, group)
        .subquery()
    )


def _begun_on() -> Any:
    return func.least(fact.c.on_day, fact.c.started_on)  # PostgreSQL leaves NULL out


def _has_begun(event: str) -> Any:
    return and_(fact.c.event == event, fact.c.stage.not_in(_NOT_BEGUN[event]))


def _outcome_day() -> Any:
    return func.coalesce(fact.c.effective_on, fact.c.on_day, type_=Date)


def _is_outcome() -> Any:
    return and_(fact.c.event == "outcome", fact.c.stage.not_in(_UNCONFIRMED))


def _outcomes_of(categories: Sequence[str]) -> Subquery:
    return (
        select(fact.c.participant, _outcome_day().label("day"))
        .where(_is_outcome(), fact.c.outcome_category.in_(categories))
        .subquery()
    )


def _first_outcome_after(enrolled: Subquery, categories: Sequence[str]) -> Subquery:
    """Return, for person and group, the first day of such an outcome from the enrolment on."""
    outcome = _outcomes_of(categories)
    follows = and_(outcome.c.participant == enrolled.c.participant, outcome.c.day >= enrolled.c.day)
    return (
        select(
            enrolled.c.participant,
            enrolled.c.group,
            func.min(outcome.c.day, type_=Date).label("day"),
        )
        .select_from(enrolled.join(outcome, follows))
        .group_by(enrolled.c.participant, enrolled.c.group)
        .subquery()
    )


def _same(left: Subquery, right: Subquery) -> Any:
    return and_(left.c.participant == right.c.participant, left.c.group == right.c.group)
