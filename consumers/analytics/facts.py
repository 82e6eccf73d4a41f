"""The projection of the pseudonymous `out.hub.statistics`: one row for each event."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Table, delete, select

from consumers.analytics import tables
from consumers.changes import Change, Upsert
from consumers.event_rows import replace_rows
from schemas.identifiers import ProviderId, ServiceId


class AnalyticsFact(NamedTuple):
    """One event, in the order of the table's columns, where they are explained."""

    participant: str
    event_key: str
    event: str
    stage: str
    provider_id: ProviderId
    service_id: ServiceId
    programme: str | None
    borough: str | None
    birth_band: int | None
    on_day: date
    started_on: date | None
    outcome_category: str | None
    outcome_code: str | None
    effective_on: date | None
    sustained_weeks: int | None
    hours_per_week: float | None


class AnalyticsFacts:
    """Keeps `analytics.fact` in step with the tray."""

    position: Final[Table] = tables.position

    def apply(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Put each event in the place of what it was."""
        rows = (fact_of(one) for one in changes if isinstance(one, Upsert))
        replace_rows(connection, tables.fact, changes, rows)

    def clear(self, connection: Connection) -> None:
        """Forget every event."""
        connection.execute(delete(tables.fact))


def facts_of(connection: Connection, participants: Collection[str]) -> list[dict[str, Any]]:
    """Return the rows of somebody, given every name that they may have in the tray."""
    columns = tables.fact.c
    rows = connection.execute(
        select(tables.fact)
        .where(columns.participant.in_(participants))
        .order_by(columns.on_day, columns.event_key)
    )
    return [dict(row) for row in rows.mappings()]


def fact_of(change: Upsert) -> AnalyticsFact:
    """Return what the analytics keep of an event."""
    fields = change.fields
    participation: Mapping[str, Any] = fields["participation"]
    area, identity, progress = (fields[name] or {} for name in ("area", "identity", "progress"))
    born = identity.get("date_of_birth")
    return AnalyticsFact(
        participant=change.participant,
        event_key=change.event_id,
        event=change.event,
        stage=participation["stage"],
        provider_id=fields["provider_id"],
        service_id=participation["service_id"],
        programme=participation["programme"],
        borough=area.get("borough"),
        birth_band=born and born.year,
        on_day=fields["occurred_at"].date(),
        started_on=participation.get("started_on"),
        outcome_category=progress.get("category"),
        outcome_code=progress.get("code"),
        effective_on=progress.get("effective_from"),
        sustained_weeks=participation.get("sustained_weeks"),
        hours_per_week=progress.get("hours_per_week"),
    )
