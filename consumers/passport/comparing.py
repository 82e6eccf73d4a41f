"""The passport's tables, as the comparison with their tray reads them."""

from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, select
from typing_extensions import override

from consent_ledger.journal.vault import UnsealError, Vault
from consent_ledger.register.open_keys import open_keys
from consumers.changes import Upsert
from consumers.passport import tables
from consumers.passport.event_facts import PassportFact, facts_of
from consumers.passport.facts import PassportFacts, sealed_events
from consumers.passport.sealed_facts import unseal_facts
from consumers.read_models import ReadModel
from schemas.identifiers import EventId, PassportNumber


class PassportModel(ReadModel):
    """The passport: the facts of each event, in whatever order."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    @override
    @property
    def projection(self) -> PassportFacts:
        return PassportFacts(self._vault)

    @override
    def participants(self, connection: Connection) -> set[str]:
        return set(connection.scalars(select(tables.event.c.participant_id).distinct()))

    @override
    def given(self, connection: Connection, participant: str) -> Mapping[EventId, Any]:
        number = PassportNumber(participant)
        key = open_keys(connection, self._vault, [number]).get(number)
        return {
            event_id: _facts(number, event_id, sealed, key) if key else None
            for event_id, sealed in sealed_events(connection, number)
        }

    @override
    def wanted(self, change: Upsert) -> Any:
        return _sorted(list(facts_of(change))) or None


def _facts(number: PassportNumber, event_id: EventId, sealed: bytes, key: AESGCM) -> Any:
    try:
        return _sorted(unseal_facts(number, event_id, sealed, key))
    except UnsealError:
        return None


def _sorted(facts: list[PassportFact]) -> list[PassportFact]:
    return sorted(facts, key=lambda fact: (fact.category.value, fact.field))
