"""The access log of one participant: which recipient was sent what, when and why.

A disclosure is written down before it is sent. So none is missing here, and one of a turn that was
cut short may never have been sent.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, Text, and_, cast, select, union_all

from consent_ledger.agreements.agreement import Agreement, Basis
from consent_ledger.agreements.ledger_form import agreement_in_ledger
from consent_ledger.journal.journal import sealed_events_of, unseal_event
from consent_ledger.journal.vault import Vault
from consent_ledger.register.open_keys import open_keys
from consent_ledger.register.passport_numbers import (
    NOBODY,
    ErasedError,
    active,
    participant_row,
)
from consent_ledger.tables.consent import agreement_version, change
from consent_ledger.tables.delivery import aborted_turn, disclosure, shard
from consent_ledger.tables.register import provider, service
from schemas.categories import Category, Mask, categories_of
from schemas.identifiers import (
    AgreementId,
    EventId,
    LedgerIndex,
    PassportNumber,
    ProviderId,
    ServiceId,
)


class AboutEvent(NamedTuple):
    """An event's type, provider and service, by id and by name; an id where no name is known."""

    event_id: EventId
    event: str
    provider_id: ProviderId
    provider_name: str
    service_id: ServiceId
    service_name: str


class Disclosure(NamedTuple):
    """One event, as one recipient was sent it. Without categories it was retracted.

    `is_certain` is False when the turn that was to send it was cut short, or still goes on: it may
    have been sent or not. `kind` is that of the ledger entry `decided_by`.
    """

    at: datetime
    turn: int
    agreement: Agreement
    about: AboutEvent
    categories: Mapping[Category, Basis]
    decided_by: LedgerIndex
    kind: str
    issue: int
    is_certain: bool


def disclosures_of(
    connection: Connection, vault: Vault, participant_id: PassportNumber
) -> list[Disclosure]:
    """Return everything that was disclosed of a passport number, the newest first.

    Raises RegisterError when the number was never issued, or the person was erased; UnsealError
    when the journal cannot be read with this key.
    """
    active(participant_row(connection, participant_id))
    rows = connection.execute(
        select(
            disclosure.c.decided_at,
            disclosure.c.turn,
            disclosure.c.agreement_id,
            cast(disclosure.c.event_id, Text).label("event_id"),
            disclosure.c.mask,
            disclosure.c.by_sensitive_gate,
            disclosure.c.decided_by,
            change.c.kind,
            disclosure.c.issue,
            and_(aborted_turn.c.turn.is_(None), shard.c.open_turn.is_(None)).label("is_certain"),
        )
        .join_from(disclosure, change, change.c.seq == disclosure.c.decided_by, isouter=True)
        .outerjoin(aborted_turn, aborted_turn.c.turn == disclosure.c.turn)
        .outerjoin(shard, shard.c.open_turn == disclosure.c.turn)
        .where(disclosure.c.participant_id == participant_id)
        .order_by(
            disclosure.c.turn.desc(),
            disclosure.c.agreement_id,
            disclosure.c.mask.desc(),
            disclosure.c.event_id,
        )
    ).all()
    events = _events(connection, vault, participant_id)
    versions = _versions(connection, {row.agreement_id for row in rows})
    return [_disclosure(row, versions[row.agreement_id], events) for row in rows]


def participant_key(connection: Connection, vault: Vault, participant_id: PassportNumber) -> AESGCM:
    """Return the key of an active participant's events.

    ErasedError where there is none any more, UnsealError where it cannot be opened.
    """
    key = open_keys(connection, vault, [participant_id]).get(participant_id)
    if key is None:
        raise ErasedError(*NOBODY)
    return key


def directory_names(connection: Connection) -> dict[str, str]:
    """Return the names of all providers and services, by id."""
    named = union_all(
        select(provider.c.provider_id, provider.c.name),
        select(service.c.service_id, service.c.name),
    )
    return {row[0]: row[1] for row in connection.execute(named)}


def _disclosure(
    row: Row[tuple[datetime, int, str, str, int, bool, int, str, int, bool]],
    versions: list[tuple[int, Agreement]],
    events: Mapping[str, AboutEvent],
) -> Disclosure:
    agreement = next(one for seq, one in versions if seq <= row.decided_by)
    gate = Category.SENSITIVE_PARTICIPATION if row.by_sensitive_gate else Category.PARTICIPATION
    return Disclosure(
        row.decided_at,
        row.turn,
        agreement,
        events.get(row.event_id, _unknown(row.event_id)),
        {
            category: agreement.categories[
                gate if category is Category.PARTICIPATION else category
            ].basis
            for category in categories_of(Mask(row.mask))
        },
        row.decided_by,
        row.kind,
        row.issue,
        row.is_certain,
    )


def _unknown(event_id: EventId) -> AboutEvent:
    return AboutEvent(event_id, "", ProviderId(""), "", ServiceId(""), "")


def _versions(
    connection: Connection, agreement_ids: Iterable[AgreementId]
) -> dict[str, list[tuple[int, Agreement]]]:
    """Return the versions of agreements with their ledger entries, the newest first."""
    found: dict[str, list[tuple[int, Agreement]]] = {}
    rows = connection.execute(
        select(agreement_version.c.agreement_id, agreement_version.c.seq, agreement_version.c.body)
        .where(agreement_version.c.agreement_id.in_(sorted(agreement_ids)))
        .order_by(agreement_version.c.seq.desc())
    )
    for agreement_id, seq, body in rows:
        found.setdefault(agreement_id, []).append((seq, agreement_in_ledger(body)))
    return found


def _events(
    connection: Connection, vault: Vault, participant_id: PassportNumber
) -> dict[str, AboutEvent]:
    key = participant_key(connection, vault, participant_id)
    sealed_events = sealed_events_of(connection, [participant_id])
    names = directory_names(connection)
    return {
        event.event_id: AboutEvent(
            event.event_id,
            event.schema.event,
            event.provider_id,
            names.get(event.provider_id, event.provider_id),
            event.service_id,
            names.get(event.service_id, event.service_id),
        )
        for event in (unseal_event(sealed, key) for sealed in sealed_events)
    }
