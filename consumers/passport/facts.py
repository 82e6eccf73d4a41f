"""The projection of `out.passport.coordination`: one row for each value of each event."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from psycopg.types.json import Jsonb
from pydantic import JsonValue
from sqlalchemy import Connection, Table, delete, select

from consumers.changes import Change, Upsert
from consumers.event_rows import replace_rows
from consumers.passport import tables
from schemas.categories import BLOCKS, Category
from schemas.identifiers import EventId, PassportNumber, ProviderId, ServiceId


class PassportFact(NamedTuple):
    """One value of one event, in the order of the table's columns.

    `value` is never null and never an empty list: what is unknown is no fact.
    """

    participant_id: PassportNumber
    event_id: EventId
    category: Category
    field: str
    value: JsonValue
    event: str
    provider_id: ProviderId
    service_id: ServiceId
    occurred_at: datetime


_VALUE: Final = PassportFact._fields.index("value")


class PassportFacts:
    """Keeps `passport.fact` in step with the tray."""

    position: Final[Table] = tables.position

    def apply(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Put the facts of each event in the place of those it had."""
        facts = (fact for one in changes if isinstance(one, Upsert) for fact in facts_of(one))
        rows = ((*fact[:_VALUE], Jsonb(fact.value), *fact[_VALUE + 1 :]) for fact in facts)
        replace_rows(connection, tables.fact, changes, rows)

    def clear(self, connection: Connection) -> None:
        """Forget every fact."""
        connection.execute(delete(tables.fact))


def facts_of(change: Upsert) -> Iterator[PassportFact]:
    """Yield what an event says, block by block.

    The referral reference stands in the envelope; it is part of participation all the same.
    """
    fields = change.fields
    for category in BLOCKS:
        block: Mapping[str, Any] = fields[category.value] or {}
        if category is Category.PARTICIPATION:
            block = {**block, "referral_ref": fields["referral_ref"]}
        for name, raw in block.items():
            value = _as_json(raw)
            if value is not None and value != []:
                yield PassportFact(
                    PassportNumber(change.participant),
                    change.event_id,
                    category,
                    name,
                    value,
                    change.event,
                    fields["provider_id"],
                    fields["participation"]["service_id"],
                    fields["occurred_at"],
                )


def facts_about(connection: Connection, participant_id: PassportNumber) -> list[PassportFact]:
    """Return every fact about a participant, in no order."""
    rows = connection.execute(
        select(tables.fact).where(tables.fact.c.participant_id == participant_id)
    )
    return [PassportFact(*row)._replace(category=Category(row.category)) for row in rows]


def _as_json(value: Any) -> JsonValue:
    """Return a decoded Avro value as JSON: the types that the contract knows, at any depth."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if isinstance(value, dict):
        return {name: _as_json(item) for name, item in value.items()}
    known: JsonValue = value
    return known
