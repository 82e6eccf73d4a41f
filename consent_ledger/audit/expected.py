"""What a tray must hold of one event, worked out from the terms and the person's standing."""

import hashlib
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import fastavro

from consent_ledger.audit.facts import AuditedPerson, Facts
from consent_ledger.verification.expected_fields import coarser, pseudonymise, shared_fields
from schemas.framing import frame
from schemas.identifiers import (
    EventId,
    ProviderId,
    TrayPseudonym,
    derived_event_id,
    derived_token,
)
from schemas.registry import schema_by_id
from schemas.trays import partition_of

BLOCKS = (
    *("participation", "identity", "contact", "area", "background", "needs", "health"),
    *("equality", "justice", "money", "progress", "wellbeing", "notes"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Content(NamedTuple):
    """What a record must be: the SHA-256 of its value, its partition, and every header.

    A header has one of the texts that it may have; one without any may have any text.
    """

    digest: bytes
    partition: int
    headers: Mapping[str, tuple[str, ...]]


def expected_record(
    facts: Facts,
    terms: dict[str, Any],
    person: AuditedPerson,
    fields: dict[str, Any],
    schema_id: int,
) -> tuple[bytes, bytes, Content] | None:
    """Return key, value and content of an event's record; None where there must be none."""
    schema = schema_by_id(schema_id)
    if schema.event not in terms["events"] or not _is_in_force(terms, facts.now):
        return None
    opened = _opened(terms, person, fields["provider_id"], facts.now)
    service_id = fields["participation"]["service_id"]
    is_sensitive = facts.is_sensitive.get(service_id, True)
    gate = "sensitive-participation" if is_sensitive else "participation"
    if gate not in opened:
        return None
    opened = (opened | {"participation"}) - {"sensitive-participation"}
    shared = set(terms["categories"])
    if "sensitive-participation" in shared:
        shared.add("participation")
    closed = ",".join(block for block in BLOCKS if block in shared and block not in opened)
    record = dict(fields)
    record["revision"] = 0
    record["recorded_at"] = _EPOCH
    for block in BLOCKS:
        if block not in opened:
            record[block] = None
    forms, pseudonym = shared_fields(terms)
    for block, kind in ((one["name"], one["type"]) for one in schema.json["fields"]):
        is_coarse = pseudonym or any(path.startswith(f"{block}.") for path in forms)
        if block in BLOCKS and is_coarse and record[block] is not None:
            record[block] = coarser(block, record[block], kind[1], forms, facts.is_sensitive)
    name = _rename(facts, terms, person, record, fields)
    body = io.BytesIO()
    fastavro.schemaless_writer(body, schema.parsed, record)
    value = frame(schema_id, body.getvalue())
    key = f"{name}|{record['event_id']}".encode()
    headers = {
        "ce_specversion": "1.0",
        "content-type": "application/avro",
        "ce_type": f"org.nowrongdoor.{schema.event}",
        "ce_source": f"/trays/{terms['id']}",
        "ce_time": record["occurred_at"].replace(tzinfo=None).isoformat(timespec="milliseconds")
        + "Z",
        "agreement": terms["id"],
        "basis": terms["categories"][gate]["basis"],
        "closed": closed,
    }
    home = partition_of(TrayPseudonym(name), facts.partitions)
    return (
        key,
        value,
        Content(
            hashlib.sha256(value).digest(), home, {name: (text,) for name, text in headers.items()}
        ),
    )


def shown_key(
    facts: Facts, terms: dict[str, Any], person: AuditedPerson, event_id: EventId
) -> bytes:
    """Return the key of an event in a tray, whatever the event says."""
    fields: dict[str, Any] = {"participant_id": person.participant_id, "event_id": event_id}
    fields |= {"source": None, "referral_ref": None, "occurred_at": _EPOCH}
    record = dict(fields)
    name = _rename(facts, terms, person, record, fields)
    return f"{name}|{record['event_id']}".encode()


def _rename(
    facts: Facts,
    terms: dict[str, Any],
    person: AuditedPerson,
    record: dict[str, Any],
    fields: dict[str, Any],
) -> str:
    """Give a record of an event with these fields its names; return the one in its key."""
    if person.shown_as != person.participant_id:
        secret = derived_token(facts.pepper, "merged")
        named = person.participant_id, record["event_id"]
        record["participant_id"] = person.shown_as
        record["event_id"] = derived_event_id(secret, *named)
    forms, pseudonym = shared_fields(terms)
    if pseudonym is None:
        return str(record["participant_id"])
    secret = derived_token(facts.pepper, "pseudonyms", terms["id"])
    return pseudonymise(record, fields, secret, pseudonym, forms)


def _is_in_force(terms: dict[str, Any], now: datetime) -> bool:
    if terms["ended"] or datetime.fromisoformat(terms["valid_from"]) > now:
        return False
    until = terms["valid_until"]
    return until is None or now < datetime.fromisoformat(until)


def _opened(
    terms: dict[str, Any], person: AuditedPerson, provider_id: ProviderId, now: datetime
) -> set[str]:
    standing = person.standings.get(terms["id"])
    granted: set[str] = set()
    is_informed = has_objected = False
    if standing is not None:
        is_informed, has_objected = standing["informed"], standing["objected"]
        left_out = hashlib.sha256(person.salt + provider_id.encode()).hexdigest()
        until = standing["until"]
        if left_out not in standing["except"] and (
            until is None or now < datetime.fromisoformat(until)
        ):
            granted = set(standing["granted"])
    opened = set()
    for category, condition in terms["categories"].items():
        basis = condition["basis"]
        is_reached = is_informed or terms["applies_to"] == "everyone"
        if (
            (basis == "consent" and category in granted)
            or (basis == "public-task" and is_reached and not has_objected)
            or (basis == "legal-obligation" and is_reached)
        ):
            opened.add(category)
    return opened
