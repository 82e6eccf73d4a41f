"""API keys of organisations: made, looked up, listed, revoked.

A secret is 256 bits from the system's generator, and shown once. What is kept is its SHA-256: no
salt and no slow hash, because there is nothing to guess, and no pepper, because a digest of 256
random bits is of no use to whoever reads it. It is looked up by the digest, so that the time a
look-up takes tells nothing of a secret.

Each key that is made and each that is revoked is an entry of the ledger.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, insert, select, update

from consent_ledger.agreements.in_force import AgreementsInForce, read_agreements
from consent_ledger.credentials.scopes import Scope, ScopeKind, parse_scope
from consent_ledger.ledger.entries import EntryKind, moment
from consent_ledger.ledger.ledger import NewEntry, record
from consent_ledger.ledger.rows import PostgresLedgerRows
from consent_ledger.tables.credentials import api_key
from schemas.errors import BusError
from schemas.identifiers import AgreementId, OrganisationId, ProviderId

MOST_VALID: Final = 2
"""Of one organisation at a time: the old one and the new one, while they are changed over."""
_SECRET_BYTES: Final = 32
_SECRET: Final = re.compile(r"nwd_[A-Za-z0-9_-]{43}")


class ApiKeyError(BusError):
    """A key that cannot be made or revoked as asked. Nothing was changed."""


@dataclass(frozen=True)
class ApiKey:
    """A key without its secret."""

    id: str
    organisation: OrganisationId
    scopes: frozenset[Scope]
    digest: bytes
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Return whether the key holds at this moment."""
        return self.revoked_at is None and now < self.expires_at


def is_secret(text: str) -> bool:
    """Return whether a text has the form of a secret."""
    return _SECRET.fullmatch(text) is not None


def digest_of(secret: str) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def make_key(
    tx: PostgresLedgerRows,
    organisation: OrganisationId,
    scopes: Collection[Scope],
    lifetime: timedelta,
) -> tuple[ApiKey, str]:
    """Make a key; return it with its secret, which is kept nowhere.

    Raises ApiKeyError where the organisation or what a scope names is unknown, a scope is not the
    organisation's to have, or it has two valid keys already.
    """
    _check(read_agreements(tx.connection), organisation, scopes)
    secret = f"nwd_{secrets.token_urlsafe(_SECRET_BYTES)}"
    now = tx.now()
    key = ApiKey(
        secrets.token_hex(6),
        organisation,
        frozenset(scopes),
        digest_of(secret),
        now,
        now + lifetime,
    )
    # it locks the ledger's head: of two that are made at once, the second sees the first
    (seq,) = record(tx, [made_entry(key)])
    held = [kept for kept in valid_keys(tx.connection, now) if kept.organisation == organisation]
    if len(held) >= MOST_VALID:
        raise ApiKeyError(
            f"{organisation} has {len(held)} valid keys already.",
            "Revoke one that is no longer used: `nwd api-key revoke KEY`. They are "
            + " and ".join(kept.id for kept in held)
            + ".",
        )
    tx.connection.execute(
        insert(api_key).values(
            key_id=key.id,
            organisation=organisation,
            scopes=_texts(key.scopes),
            digest=key.digest,
            made_at=key.made_at,
            expires_at=key.expires_at,
            seq=seq,
        )
    )
    return key, secret


def revoke_key(tx: PostgresLedgerRows, key_id: str) -> ApiKey:
    """Revoke a key for good, and return it; ApiKeyError where there is none that is valid."""
    now = tx.now()
    record(tx, [revoked_entry(key_id, now)])
    found = [kept for kept in valid_keys(tx.connection, now) if kept.id == key_id]
    if not found:
        raise ApiKeyError("There is no valid key of that name.", "`nwd api-key list` has them.")
    tx.connection.execute(update(api_key).where(api_key.c.key_id == key_id).values(revoked_at=now))
    return found[0]


def revoke_keys_of(tx: PostgresLedgerRows, organisation: OrganisationId) -> list[str]:
    """Revoke every valid key of an organisation for good, and return them."""
    held = [
        key.id for key in valid_keys(tx.connection, tx.now()) if key.organisation == organisation
    ]
    return [revoke_key(tx, key_id).id for key_id in held]


def made_entry(key: ApiKey) -> NewEntry:
    """Return the entry that states a key: what `nwd ledger verify` holds the table against."""
    facts = {
        "key": key.id,
        "organisation": key.organisation,
        "scopes": _texts(key.scopes),
        "digest": key.digest.hex(),
        "from": moment(key.made_at),
        "until": moment(key.expires_at),
    }
    return NewEntry(EntryKind.API_KEY, facts=facts)


def revoked_entry(key_id: str, at: datetime) -> NewEntry:
    """Return the entry that ends a key."""
    return NewEntry(EntryKind.API_KEY_REVOKED, facts={"key": key_id, "until": moment(at)})


def valid_keys(connection: Connection, now: datetime) -> list[ApiKey]:
    """Return the keys that are valid at a moment."""
    return _keys(connection, _ALL.where(api_key.c.revoked_at.is_(None), api_key.c.expires_at > now))


def all_keys(connection: Connection) -> list[ApiKey]:
    """Return every key that was ever made, by organisation, the newest first."""
    return _keys(connection, _ALL)


_ALL: Final = select(
    api_key.c.key_id,
    api_key.c.organisation,
    api_key.c.scopes,
    api_key.c.digest,
    api_key.c.made_at,
    api_key.c.expires_at,
    api_key.c.revoked_at,
).order_by(api_key.c.organisation, api_key.c.seq.desc())


def _texts(scopes: Collection[Scope]) -> list[str]:
    return sorted(map(str, scopes))


def _keys(connection: Connection, query: Select[Any]) -> list[ApiKey]:
    return [
        ApiKey(
            row.key_id,
            row.organisation,
            frozenset(map(parse_scope, row.scopes)),
            bytes(row.digest),
            row.made_at,
            row.expires_at,
            row.revoked_at,
        )
        for row in connection.execute(query)
    ]


def _check(
    terms: AgreementsInForce, organisation: OrganisationId, scopes: Collection[Scope]
) -> None:
    """Refuse a key for nobody, for nothing, and for what is another organisation's."""
    readers = {id_: version.agreement.reader for id_, version in terms.agreements.items()}
    recipients = {version.agreement.recipient for version in terms.agreements.values()}
    if organisation not in {*readers.values(), *recipients, *terms.providers}:
        raise ApiKeyError(
            f"There is no organisation {organisation}.",
            "It is a provider of the file of services, or the recipient of an agreement.",
        )
    if not scopes:
        raise ApiKeyError("A key without a scope would be for nothing.", "Give it one: --scope.")
    for scope in scopes:
        match scope.kind:
            case ScopeKind.PUBLISH | ScopeKind.SERVICES:
                is_known, owner = ProviderId(scope.of) in terms.providers, scope.of
            case ScopeKind.READ:
                is_known = AgreementId(scope.of) in readers
                owner = readers.get(AgreementId(scope.of), "")
            case ScopeKind.CONSENT:  # whoever sits with the person may ask for another's agreement
                is_known, owner = AgreementId(scope.of) in readers, organisation
        if not is_known:
            raise ApiKeyError(f"{scope} names what the bus does not know.", "See `nwd agreements`.")
        if owner != organisation:
            raise ApiKeyError(
                f"{scope} is not {organisation}'s to have.",
                "An organisation publishes as itself, and reads the trays of its own agreements.",
            )
