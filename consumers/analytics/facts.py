"""The projection of the pseudonymous `out.hub.statistics`: one row for each event."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Table, delete, select
from typing_extensions import override

from consumers.analytics import tables
from consumers.changes import Change, Upsert, storable
from consumers.event_rows import replace_rows
from consumers.projection import Projection
from schemas import code_lists
from schemas.codec import read_block
from schemas.framing import schema_id_of
from schemas.identifiers import ServiceId
from schemas.registry import schema_by_id

BLOCKS_KEPT: Final = 10_000
"""So many blocks are decoded once while they come again, in a few megabytes."""


class AnalyticsFact(NamedTuple):
    """One event, in the order of the table's columns, where they are explained."""

    participant: str
    event_key: str
    event: str
    stage: str
    service_id: ServiceId
    decline_reason: str | None
    programme: str | None
    borough: str | None
    birth_band: int | None
    on_day: date
    started_on: date | None
    outcome_category: str | None
    outcome_code: str | None
    effective_on: date | None
    hours_per_week: float | None


class AnalyticsFacts(Projection):
    """Keeps `analytics.fact` in step with the tray."""

    position: Final[Table] = tables.position

    @override
    def apply(self, connection: Connection, changes: Sequence[Change]) -> None:
        rows = (fact_of(change) for change in changes if isinstance(change, Upsert))
        replace_rows(connection, tables.fact, changes, rows)

    @override
    def clear(self, connection: Connection) -> None:
        connection.execute(delete(tables.fact))


def facts_of(connection: Connection, participants: Collection[str]) -> list[dict[str, Any]]:
    """Return the rows of a participant, given all the names they may have in the tray."""
    columns = tables.fact.c
    rows = connection.execute(
        select(tables.fact)
        .where(columns.participant.in_(participants))
        .order_by(columns.on_day, columns.event_key)
    )
    return [dict(row) for row in rows.mappings()]


def fact_of(change: Upsert) -> AnalyticsFact:
    """Return the row that the analytics keep of an event: no text but ids and listed codes."""
    schema_id = schema_id_of(change.value)
    participation, area, identity, progress = (
        _block(schema_id, name, change.block(name))
        for name in ("participation", "area", "identity", "progress")
    )
    born = identity.get("date_of_birth")
    return AnalyticsFact(
        participant=change.participant,
        event_key=change.event_id,
        event=change.event,
        stage=participation["stage"],
        service_id=participation["service_id"],
        decline_reason=participation.get("decline_reason"),
        programme=_listed(participation["programme"], code_lists.PROGRAMMES),
        borough=_listed(area.get("borough"), code_lists.BOROUGHS),
        birth_band=born and born.year,
        on_day=change.occurred_at.date(),
        started_on=participation.get("started_on"),
        outcome_category=_listed(progress.get("category"), code_lists.OUTCOME_CATEGORIES),
        outcome_code=_listed(progress.get("code"), code_lists.OUTCOME_CODES),
        effective_on=progress.get("effective_from"),
        hours_per_week=progress.get("hours_per_week"),
    )


@lru_cache(maxsize=BLOCKS_KEPT)
def _block(schema_id: int, name: str, data: bytes) -> Mapping[str, Any]:
    """Return the fields of a block, none of one that is closed.

    The tray holds bands, boroughs and days, so many events have the same blocks.
    """
    return storable(read_block(schema_by_id(schema_id), name, data) or {})


def _listed(text: str | None, codes: frozenset[str]) -> str | None:
    """Return a code, None in place of any other text: a provider may have written an address."""
    return text if text in codes else None
