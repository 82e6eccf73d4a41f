"""What a tray must hold of one event, worked out from the terms and the person's standing."""

import hashlib
from datetime import UTC, datetime
from typing import Any, NamedTuple

from consent_ledger.audit.contents import HeaderTable
from consent_ledger.audit.encoded_fields import EncodedFields
from consent_ledger.audit.facts import AuditedPerson, Facts
from consent_ledger.audit.terms import BLOCKS, Terms, opened_categories, terms_as_read
from consent_ledger.verification.expected_fields import coarser, pseudonymise
from schemas.derivation import derived_event_id, derived_token
from schemas.identifiers import AgreementId, EventId, ProviderId, TrayPseudonym
from schemas.trays import partition_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_CLOSED = b"\0"
"""Null, of a nullable block."""


class ExpectedRecord(NamedTuple):
    """What must stand under a key: but for what the disclosure decides.

    `others` are the headers that many records of a tray share, by their number.
    """

    key: bytes
    value: bytes
    digest: bytes
    partition: int
    event_id: EventId
    time: bytes
    others: int


class Expectations:
    """What trays must hold of events, by the facts."""

    def __init__(self, facts: Facts, table: HeaderTable) -> None:
        self.terms = {
            agreement_id: terms_as_read(
                terms, facts.brought_by[agreement_id], facts.pepper, facts.now
            )
            for agreement_id, terms in facts.agreements.items()
        }
        self._facts = facts
        self._table = table
        self._merged_secret = derived_token(facts.pepper, "merged")
        self._person: AuditedPerson | None = None
        self._opened: dict[tuple[AgreementId, ProviderId], frozenset[str]] = {}
        self._others: dict[tuple[AgreementId, str, str, str], int] = {}

    def of(
        self, terms: Terms, person: AuditedPerson, event: EncodedFields
    ) -> ExpectedRecord | None:
        """Return the record of an event in a tray; None where there must be none."""
        schema, fields = event.schema, event.fields
        if not terms.is_in_force or schema.event not in terms.of["events"]:
            return None
        opened = self._open(terms, person, fields["provider_id"])
        service_id = fields["participation"]["service_id"]
        is_sensitive = self._facts.is_sensitive.get(service_id, True)
        gate = "sensitive-participation" if is_sensitive else "participation"
        if gate not in opened:
            return None
        opened = (opened | {"participation"}) - {"sensitive-participation"}
        envelope = dict(event.envelope)
        name = self._rename(terms, person, envelope, fields)
        value = self._value(terms, event, envelope, opened)
        moment = envelope["occurred_at"].replace(tzinfo=None)
        return ExpectedRecord(
            f"{name}|{envelope['event_id']}".encode(),
            value,
            hashlib.sha256(value).digest(),
            partition_of(TrayPseudonym(name), self._facts.partitions),
            envelope["event_id"],
            f"{moment.isoformat(timespec='milliseconds')}Z".encode(),
            self._others_of(terms, schema.event, gate, terms.closed_but(opened)),
        )

    def shown_key(self, terms: Terms, person: AuditedPerson, event_id: EventId) -> bytes:
        """Return the key of an event in a tray, whatever the event says."""
        fields: dict[str, Any] = {"participant_id": person.participant_id, "event_id": event_id}
        fields |= {"source": None, "referral_ref": None, "occurred_at": _EPOCH}
        envelope = dict(fields)
        name = self._rename(terms, person, envelope, fields)
        return f"{name}|{envelope['event_id']}".encode()

    def _open(self, terms: Terms, person: AuditedPerson, provider_id: ProviderId) -> frozenset[str]:
        """Return the categories that are open; a person's events come one after another."""
        if self._person is not person:
            self._person, self._opened = person, {}
        opened = self._opened.get((terms.agreement_id, provider_id))
        if opened is None:
            opened = frozenset(opened_categories(terms, person, provider_id, self._facts.now))
            self._opened[terms.agreement_id, provider_id] = opened
        return opened

    def _value(
        self, terms: Terms, event: EncodedFields, envelope: dict[str, Any], opened: frozenset[str]
    ) -> bytes:
        """Return the value: its blocks that are closed are null."""
        parts = [event.header, event.encoded_envelope(envelope)]
        for block in BLOCKS:
            whole = event.fields[block]
            if block not in opened or whole is None:
                parts.append(_CLOSED)
            elif terms.is_coarse(block):
                forms, services = terms.forms.get(block, {}), self._facts.is_sensitive
                coarse = coarser(block, whole, event.schema_of(block), forms, services)
                parts.append(event.encode(block, coarse))
            else:
                parts.append(event.encoded(block))
        return b"".join(parts)

    def _others_of(self, terms: Terms, event: str, gate: str, closed: str) -> int:
        known = terms.agreement_id, event, gate, closed
        if known not in self._others:
            headers = {
                "ce_specversion": "1.0",
                "content-type": "application/avro",
                "ce_type": f"org.nowrongdoor.{event}",
                "ce_source": f"/trays/{terms.agreement_id}",
                "agreement": terms.agreement_id,
                "basis": terms.of["categories"][gate]["basis"],
                "closed": closed,
            }
            self._others[known] = self._table.number_of(
                (name, (text.encode(),)) for name, text in headers.items()
            )
        return self._others[known]

    def _rename(
        self,
        terms: Terms,
        person: AuditedPerson,
        envelope: dict[str, Any],
        fields: dict[str, Any],
    ) -> str:
        """Give the envelope of an event with these fields its names; return the one in its key."""
        if person.shown_as != person.participant_id:
            named = person.participant_id, envelope["event_id"]
            envelope["participant_id"] = person.shown_as
            envelope["event_id"] = derived_event_id(self._merged_secret, *named)
        if terms.pseudonym is None:
            return str(envelope["participant_id"])
        return pseudonymise(envelope, fields, terms.secret, terms.pseudonym, terms.fields)
