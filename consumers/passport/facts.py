"""The projection of `out.passport.coordination`: one sealed row for each event."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from pydantic import JsonValue
from sqlalchemy import Connection, Table, delete, select
from typing_extensions import override

from consent_ledger.journal.vault import Vault
from consent_ledger.register.open_keys import open_keys
from consumers.changes import Change, Upsert
from consumers.event_rows import replace_rows
from consumers.passport import tables
from consumers.passport.sealed_facts import PassportFact, seal_facts, unseal_facts
from consumers.projection import Projection
from schemas.categories import BLOCKS, Category
from schemas.identifiers import EventId, PassportNumber


class PassportFacts(Projection):
    """Keeps `passport.event` in step with the tray, sealed. Of somebody erased it keeps nothing."""

    position: Final[Table] = tables.position

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @override
    def apply(self, connection: Connection, changes: Sequence[Change]) -> None:
        """Apply changes; UnsealError when the vault does not open somebody's key."""
        upserts = [change for change in changes if isinstance(change, Upsert)]
        rows = _sealed_rows(connection, self._vault, upserts)
        replace_rows(connection, tables.event, changes, rows)

    @override
    def clear(self, connection: Connection) -> None:
        connection.execute(delete(tables.event))


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


def facts_about(
    connection: Connection, vault: Vault, participant_id: PassportNumber
) -> list[PassportFact]:
    """Return every fact about a participant, in no order: none about somebody without a key.

    UnsealError when a row, or the key, does not open.
    """
    key = open_keys(connection, vault, [participant_id]).get(participant_id)
    if key is None:
        return []
    return [
        fact
        for event_id, sealed in sealed_events(connection, participant_id)
        for fact in unseal_facts(participant_id, event_id, sealed, key)
    ]


def sealed_events(
    connection: Connection, participant_id: PassportNumber
) -> list[tuple[EventId, bytes]]:
    """Return id and sealed facts of every event of a participant, in no order."""
    rows = connection.execute(
        select(tables.event.c.event_id, tables.event.c.sealed).where(
            tables.event.c.participant_id == participant_id
        )
    )
    return [(EventId(event_id), bytes(sealed)) for event_id, sealed in rows]


def _sealed_rows(
    connection: Connection, vault: Vault, upserts: Sequence[Upsert]
) -> list[tuple[PassportNumber, EventId, bytes]]:
    keys = open_keys(connection, vault, {PassportNumber(one.participant) for one in upserts})
    return [
        (number, upsert.event_id, seal_facts(list(facts_of(upsert)), key))
        for upsert in upserts
        if (key := keys.get(number := PassportNumber(upsert.participant)))
    ]


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
