"""The passport's tables, as the comparison with their tray reads them."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, select
from typing_extensions import override

from consumers.changes import Upsert
from consumers.passport import tables
from consumers.passport.facts import PassportFact, PassportFacts, facts_about, facts_of
from consumers.read_models import ReadModel
from schemas.identifiers import EventId, PassportNumber


class PassportModel(ReadModel):
    """The passport: the facts of each event, in whatever order."""

    projection: Final = PassportFacts()

    @override
    def participants(self, connection: Connection) -> set[str]:
        return set(connection.scalars(select(tables.fact.c.participant_id).distinct()))

    @override
    def given(self, connection: Connection, participant: str) -> Mapping[EventId, Any]:
        by_event: dict[EventId, list[PassportFact]] = {}
        for fact in facts_about(connection, PassportNumber(participant)):
            by_event.setdefault(fact.event_id, []).append(fact)
        return {event_id: _sorted(facts) for event_id, facts in by_event.items()}

    @override
    def wanted(self, change: Upsert) -> Any:
        return _sorted(list(facts_of(change))) or None


def _sorted(facts: list[PassportFact]) -> list[PassportFact]:
    return sorted(facts, key=lambda fact: (fact.category.value, fact.field))
