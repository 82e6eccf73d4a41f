"""Subject access (UK GDPR Article 15): all that the ledger and the journal hold of a participant.

What it returns is personal: it is for the participant, never for a log or an error.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from consent_ledger.agreements.agreement import Agreement
from consent_ledger.agreements.in_force import AgreementsInForce, read_agreements
from consent_ledger.consent.decisions import Standing
from consent_ledger.consent.standings import standings_of
from consent_ledger.journal.journal import SealedEvent, unseal_event
from consent_ledger.journal.vault import Vault
from consent_ledger.ledger.entries import salted_digests
from consent_ledger.register.identity_rows_in_sql import kept_of
from consent_ledger.register.kept_identities import open_identity
from consent_ledger.register.look_ups import LookUp, look_ups_of
from consent_ledger.register.passport_numbers import subject
from consent_ledger.rights.access_log import directory_names, disclosures_of, participant_key
from consent_ledger.tables.consent import change
from consent_ledger.tables.delivery import journal
from consent_ledger.tables.register import match_key, participant, provider_reference
from consent_ledger.tables.transparency_log import entry
from schemas.codec import decode
from schemas.identifiers import (
    AgreementId,
    EventId,
    LedgerIndex,
    PassportNumber,
    ProviderId,
    ServiceId,
)


@dataclass(frozen=True)
class ToldIdentity:
    """What a provider told of who the person is and where: fields of `Identity` and `Contact`."""

    provider_id: ProviderId
    fields: dict[str, Any]


@dataclass(frozen=True)
class Registration:
    """What the register holds.

    `identities` are sealed under the person's key, earlier names with them; `recognised_by` are the
    kinds of digests by which they are found.
    """

    participant_id: PassportNumber
    ledger_id: str
    registered_by: str
    registered_at: datetime
    recognised_by: tuple[str, ...]
    references_of: tuple[str, ...]
    identities: tuple[ToldIdentity, ...] = ()


@dataclass(frozen=True)
class ExportedEntry:
    """An entry of the ledger about the person; `facts` is what its leaf says."""

    number: int
    kind: str
    recorded_at: datetime
    agreement_id: AgreementId | None
    facts: dict[str, Any]


@dataclass(frozen=True)
class HeldEvent:
    """One revision of an event as its provider published it."""

    event_id: EventId
    revision: int
    event: str
    provider_id: ProviderId
    service_id: ServiceId
    accepted_at: datetime
    fields: dict[str, Any]


@dataclass(frozen=True)
class ExportedDisclosure:
    """One record sent to a recipient. No categories: what was sent before was retracted.

    `is_confirmed` is False while it is being sent, and where that was cut short.
    """

    at: datetime
    agreement_id: AgreementId
    event_id: EventId
    categories: tuple[str, ...]
    decided_by: LedgerIndex
    is_confirmed: bool


@dataclass(frozen=True)
class Export:
    """All that is held. `names` says what providers and services are called, by their ids."""

    registration: Registration
    standings: Mapping[AgreementId, Standing]
    entries: tuple[ExportedEntry, ...]
    look_ups: tuple[LookUp, ...]
    events: tuple[HeldEvent, ...]
    disclosures: tuple[ExportedDisclosure, ...]
    agreements: Mapping[str, Agreement]
    names: Mapping[str, str]


def export(connection: Connection, vault: Vault, participant_id: PassportNumber) -> Export:
    """Return all that is held of a participant; read in one snapshot, it fits together.

    Raises RegisterError when the number was never issued, or the person was erased; UnsealError
    when the journal cannot be read: half a copy would not be one.
    """
    subject(connection, participant_id)
    terms = read_agreements(connection)
    return Export(
        _registration(connection, vault, participant_id),
        standings_of(connection, [participant_id]).get(participant_id, {}),
        tuple(_entries(connection, participant_id, terms)),
        tuple(look_ups_of(connection, participant_id)),
        tuple(_events(connection, vault, participant_id)),
        tuple(_disclosures(connection, vault, participant_id)),
        {agreement_id: one.agreement for agreement_id, one in terms.agreements.items()},
        directory_names(connection),
    )


def _registration(
    connection: Connection, vault: Vault, participant_id: PassportNumber
) -> Registration:
    columns = participant.c.ledger_id, participant.c.registered_by, participant.c.registered_at
    row = connection.execute(
        select(*columns).where(participant.c.participant_id == participant_id)
    ).one()
    kinds = select(match_key.c.kind).where(match_key.c.participant_id == participant_id)
    referring = select(provider_reference.c.provider_id).where(
        provider_reference.c.participant_id == participant_id
    )
    return Registration(
        participant_id,
        str(row.ledger_id),
        row.registered_by,
        row.registered_at,
        tuple(sorted(set(connection.scalars(kinds)))),
        tuple(sorted(connection.scalars(referring))),
        tuple(_identities(connection, vault, participant_id)),
    )


def _identities(
    connection: Connection, vault: Vault, participant_id: PassportNumber
) -> Iterable[ToldIdentity]:
    for kept in kept_of(connection, [participant_id]):
        if kept.participant_id == participant_id:
            told = open_identity(kept, vault)
            fields = {**told.identity.model_dump(), **told.contact.model_dump()}
            given = {
                name: list(value) if isinstance(value, tuple) else value
                for name, value in fields.items()
                if value
            }
            yield ToldIdentity(told.provider_id, given)


def _entries(
    connection: Connection, participant_id: PassportNumber, terms: AgreementsInForce
) -> Iterable[ExportedEntry]:
    salt = connection.scalar(
        select(participant.c.salt).where(participant.c.participant_id == participant_id)
    )
    names = {salted_digests(bytes(salt or b""), [one])[0]: one for one in terms.providers}
    rows = connection.execute(
        select(
            change.c.seq, change.c.kind, change.c.recorded_at, change.c.agreement_id, entry.c.leaf
        )
        .join(entry, entry.c.seq == change.c.seq)
        .where(change.c.participant_id == participant_id)
        .order_by(change.c.seq)
    )
    for seq, kind, recorded_at, agreement_id, leaf in rows:
        facts = json.loads(leaf)
        if "except" in facts:  # salted digests in the leaf: the person gets them in clear
            facts["except"] = sorted(names.get(one, one) for one in facts["except"])
        yield ExportedEntry(seq, kind, recorded_at, agreement_id, facts)


def _events(
    connection: Connection, vault: Vault, participant_id: PassportNumber
) -> Iterable[HeldEvent]:
    key = participant_key(connection, vault, participant_id)
    rows = connection.execute(
        select(*(journal.c[name] for name in SealedEvent._fields), journal.c.accepted_at)
        .where(journal.c.participant_id == participant_id)
        .order_by(journal.c.accepted_at, journal.c.event_id, journal.c.revision)
    )
    for _, event_id, *beside, accepted_at in rows:
        row = SealedEvent(participant_id, EventId(str(event_id)), *beside)
        event = unseal_event(row, key)
        yield HeldEvent(
            event.event_id,
            event.revision,
            event.schema.event,
            event.provider_id,
            event.service_id,
            accepted_at,
            decode(event.value),
        )


def _disclosures(
    connection: Connection, vault: Vault, participant_id: PassportNumber
) -> Iterable[ExportedDisclosure]:
    """Yield what the access log says, the oldest first."""
    found = disclosures_of(connection, vault, participant_id)
    for disclosure in sorted(
        found,
        key=lambda disclosure: (
            disclosure.turn,
            disclosure.agreement.id,
            disclosure.about.event_id,
        ),
    ):
        categories = tuple(category.value for category in disclosure.categories)
        yield ExportedDisclosure(
            disclosure.at,
            disclosure.agreement.id,
            disclosure.about.event_id,
            categories,
            disclosure.decided_by,
            disclosure.is_certain,
        )
