"""The projection of `out.passport.coordination`: one sealed row for each event."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import Connection, Table, delete, select
from typing_extensions import override

from consent_ledger.journal.vault import Vault
from consent_ledger.register.open_keys import open_keys
from consumers.changes import Change, Upsert
from consumers.event_rows import replace_rows
from consumers.passport import tables
from consumers.passport.event_facts import PassportFact
from consumers.passport.sealed_facts import seal_event, unseal_facts
from consumers.projection import Projection
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
) -> Iterator[tuple[PassportNumber, EventId, bytes]]:
    """Open the keys, and return what gives the rows: each is sealed when it is asked for."""
    keys = open_keys(connection, vault, {PassportNumber(one.participant) for one in upserts})
    return (
        (number, upsert.event_id, seal_event(upsert, key))
        for upsert in upserts
        if (key := keys.get(number := PassportNumber(upsert.participant)))
    )
