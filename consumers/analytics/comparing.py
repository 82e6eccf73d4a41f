"""The figures' tables, as the comparison with their tray reads them."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, select
from typing_extensions import override

from consumers.analytics import tables
from consumers.analytics.facts import AnalyticsFacts, fact_of, facts_of
from consumers.changes import Upsert
from consumers.read_models import ReadModel
from schemas.identifiers import EventId


class AnalyticsModel(ReadModel):
    """The figures: one row for each event."""

    projection: Final = AnalyticsFacts()

    @override
    def participants(self, connection: Connection) -> set[str]:
        return set(connection.scalars(select(tables.fact.c.participant).distinct()))

    @override
    def given(self, connection: Connection, participant: str) -> Mapping[EventId, Any]:
        rows = facts_of(connection, [participant])
        return {EventId(row["event_key"]): row for row in rows}

    @override
    def wanted(self, change: Upsert) -> Any:
        return fact_of(change)._asdict()
