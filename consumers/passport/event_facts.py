"""The facts of an event as the passport gives them: each value of each block that is open."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from pydantic import JsonValue

from consumers.changes import Upsert
from schemas.categories import BLOCKS, Category
from schemas.identifiers import EventId, PassportNumber, ProviderId, ServiceId


class PassportFact(NamedTuple):
    """One value of one event.

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


def facts_of(change: Upsert) -> Iterator[PassportFact]:
    """Yield the facts of an event, block by block.

    The referral reference counts as participation, though it is in the envelope.
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
                    participant_id=PassportNumber(change.participant),
                    event_id=change.event_id,
                    category=category,
                    field=name,
                    value=value,
                    event=change.event,
                    provider_id=fields["provider_id"],
                    service_id=fields["participation"]["service_id"],
                    occurred_at=fields["occurred_at"],
                )


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
