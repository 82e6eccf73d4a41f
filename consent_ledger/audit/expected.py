"""What a tray must hold of one event, worked out from the terms and the person's standing."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from consent_ledger.audit.coarse_blocks import CoarseBlock
from consent_ledger.audit.contents import HeaderTable
from consent_ledger.audit.encoded_fields import CLOSED, EncodedFields
from consent_ledger.audit.facts import AuditedPerson, Facts
from consent_ledger.audit.terms import BLOCKS, Terms, opened_categories, terms_as_read
from consent_ledger.verification.expected_fields import pseudonymise
from schemas.derivation import derived_event_id, derived_token
from schemas.identifiers import AgreementId, EventId, ProviderId, TrayPseudonym
from schemas.registry import LockedSchema
from schemas.trays import partition_of

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ExpectedRecord(NamedTuple):
    """What must stand under a key: but for what the disclosure decides.

    `others` are the headers that many records of a tray share, by their digest.
    """

    key: bytes
    value: bytes
    digest: bytes
    partition: int
    event_id: EventId
    time: bytes
    others: bytes


class _Shown(NamedTuple):
    """What a tray shows of the events of one kind of which the same is open.

    `blocks` are those that are open, by their place, each with what makes it coarser, if anything.
    """

    blocks: tuple[tuple[int, str, CoarseBlock | None], ...]
    others: bytes


class _Open(NamedTuple):
    """What is open of a person's events at one service, and the gate that lets them through."""

    gate: str
    blocks: frozenset[str]


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
        self._opened: dict[tuple[AgreementId, str, str], _Open | None] = {}
        self._shown: dict[tuple[AgreementId, LockedSchema, _Open], _Shown] = {}

    def of(
        self, terms: Terms, person: AuditedPerson, event: EncodedFields
    ) -> ExpectedRecord | None:
        """Return the record of an event in a tray; None where there must be none."""
        schema, fields = event.schema, event.fields
        if not terms.is_in_force or schema.event not in terms.of["events"]:
            return None
        opened = self._open(terms, person, fields)
        if opened is None:
            return None
        known = terms.agreement_id, schema, opened
        shown = self._shown.get(known)
        if shown is None:
            shown = self._shown[known] = self._what_is_shown(terms, schema, opened)
        envelope = dict(event.envelope)
        name = self._rename(terms, person, envelope, fields)
        value = _value(event, event.encoded_envelope(envelope), shown)
        event_id: EventId = envelope["event_id"]
        return ExpectedRecord(
            f"{name}|{event_id}".encode(),
            value,
            hashlib.sha256(value).digest(),
            partition_of(TrayPseudonym(name), self._facts.partitions),
            event_id,
            _written_out(envelope["occurred_at"]),
            shown.others,
        )

    def shown_key(self, terms: Terms, person: AuditedPerson, event_id: EventId) -> bytes:
        """Return the key of an event in a tray, whatever the event says."""
        fields: dict[str, Any] = {"participant_id": person.participant_id, "event_id": event_id}
        fields |= {"source": None, "referral_ref": None, "occurred_at": _EPOCH}
        envelope = dict(fields)
        name = self._rename(terms, person, envelope, fields)
        return f"{name}|{envelope['event_id']}".encode()

    def _open(self, terms: Terms, person: AuditedPerson, fields: Mapping[str, Any]) -> _Open | None:
        """Return what is open, if the gate is; a person's events come one after another."""
        if self._person is not person:
            self._person, self._opened = person, {}
        known = terms.agreement_id, fields["provider_id"], fields["participation"]["service_id"]
        if known not in self._opened:
            self._opened[known] = self._opened_by(terms, person, *known[1:])
        return self._opened[known]

    def _opened_by(
        self, terms: Terms, person: AuditedPerson, provider_id: ProviderId, service_id: str
    ) -> _Open | None:
        opened = opened_categories(terms, person, provider_id, self._facts.now)
        is_sensitive = self._facts.is_sensitive.get(service_id, True)
        gate = "sensitive-participation" if is_sensitive else "participation"
        if gate not in opened:
            return None
        return _Open(gate, frozenset(opened | {"participation"}) - {"sensitive-participation"})

    def _what_is_shown(self, terms: Terms, schema: LockedSchema, opened: _Open) -> _Shown:
        blocks = tuple(
            (place, block, self._coarse(terms, schema, block))
            for place, block in enumerate(BLOCKS)
            if block in opened.blocks
        )
        return _Shown(blocks, self._others_of(terms, schema.event, opened))

    def _coarse(self, terms: Terms, schema: LockedSchema, block: str) -> CoarseBlock | None:
        if not terms.is_coarse(block):
            return None
        forms = terms.forms.get(block, {})
        return CoarseBlock(schema, block, forms, self._facts.is_sensitive)

    def _others_of(self, terms: Terms, event: str, opened: _Open) -> bytes:
        headers = {
            "ce_specversion": "1.0",
            "content-type": "application/avro",
            "ce_type": f"org.nowrongdoor.{event}",
            "ce_source": f"/trays/{terms.agreement_id}",
            "agreement": terms.agreement_id,
            "basis": terms.of["categories"][opened.gate]["basis"],
            "closed": terms.closed_but(opened.blocks),
        }
        return self._table.digest_of((name, (text.encode(),)) for name, text in headers.items())

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


@lru_cache(maxsize=1000)
def _written_out(moment: datetime) -> bytes:
    return f"{moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z".encode()


def _value(event: EncodedFields, envelope: bytes, shown: _Shown) -> bytes:
    """Return the value: its blocks that are closed are null."""
    parts = [CLOSED] * len(BLOCKS)
    for place, block, coarse in shown.blocks:
        fields = event.fields[block]
        if coarse is None:
            parts[place] = event.blocks[block]
        elif fields is not None:
            parts[place] = coarse.encoded(fields)
    return b"".join((event.header, envelope, *parts))
