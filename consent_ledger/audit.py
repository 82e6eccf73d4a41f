"""The audit: what every out-tray must hold, computed the plain way, against what it does hold.

It is the definition of correct, so it shares nothing with the filter but the schemas and the stored
facts. Standings are read from the ledger's leaves, not from the tables derived of them; values are
decoded, blanked and encoded again, not cut. It is slow on purpose.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple, Protocol

import fastavro
from sqlalchemy import Connection, select
from typing_extensions import override

from consent_ledger.journal.vault import Vault, unseal
from consent_ledger.tables.delivery import journal, waiting
from consent_ledger.tables.register import participant
from consent_ledger.tables.transparency_log import entry
from consent_ledger.verification.expected_fields import coarser, pseudonymise, shared_fields
from schemas.codec import decode
from schemas.framing import frame, schema_id_of
from schemas.identifiers import (
    AgreementId,
    EventId,
    PassportNumber,
    ProviderId,
    TopicName,
    derived_event_id,
    derived_token,
)
from schemas.registry import schema_by_id
from schemas.trays import KeyedRecord

_BLOCKS = (
    *("participation", "identity", "contact", "area", "background", "needs", "health"),
    *("equality", "justice", "money", "progress", "wellbeing", "notes"),
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


ReadTray = Callable[[TopicName], Iterable[KeyedRecord]]
"""Reads a whole tray, given by its topic, from its start to its present end."""


@dataclass(frozen=True)
class Difference:
    """A key of a tray that is not as it must be: `missing`, `surplus` or `different`."""

    agreement_id: AgreementId
    kind: str
    key: str


@dataclass
class AuditReport:
    """What was compared, and every difference."""

    events: int = 0
    trays: dict[AgreementId, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def has_compared(self) -> bool:
        """Whether there was anything to compare: otherwise no difference means nothing."""
        return bool(self.events or any(self.trays.values()) or self.differences)


@dataclass(frozen=True)
class _Person:
    participant_id: PassportNumber
    salt: bytes
    sealed_key: bytes
    standings: dict[AgreementId, dict[str, Any]]
    shown_as: PassportNumber


@dataclass(frozen=True)
class _Facts:
    agreements: dict[AgreementId, dict[str, Any]]
    is_sensitive: dict[str, bool]
    people: dict[PassportNumber, _Person]
    waiting: set[tuple[PassportNumber, EventId, AgreementId]]
    pepper: bytes
    now: datetime


Content = tuple[bytes, str]
"""Of one record: the SHA-256 of its value, and its `closed` header."""


class StoredPerson(NamedTuple):
    """An active participant as stored."""

    participant_id: PassportNumber
    ledger_id: str
    salt: bytes
    sealed_key: bytes


class StoredEvent(NamedTuple):
    """A revision of an event as stored."""

    participant_id: PassportNumber
    event_id: EventId
    sealed: bytes


class StoredWaiting(NamedTuple):
    """An event that a tray is to show with its next batch, and since when it waits."""

    participant_id: PassportNumber
    event_id: EventId
    agreement_id: AgreementId
    since: datetime


class StoredFacts(Protocol):
    """What the audit starts from."""

    def leaves(self) -> Iterable[bytes]:
        """Return the ledger's leaves, in order."""

    def people(self) -> Iterable[StoredPerson]:
        """Return every active participant."""

    def events(self) -> Iterable[StoredEvent]:
        """Return the journal by participant and event, each event's revisions in order."""

    def waiting(self) -> Iterable[StoredWaiting]:
        """Return what waits for a tray's next batch."""


class PostgresFacts(StoredFacts):
    """The stored facts in PostgreSQL, as the connection's transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @override
    def leaves(self) -> Iterable[bytes]:
        rows = self._connection.execute(select(entry.c.leaf).order_by(entry.c.seq))
        return (bytes(leaf) for (leaf,) in rows)

    @override
    def people(self) -> Iterable[StoredPerson]:
        columns = (participant.c[name] for name in StoredPerson._fields)
        rows = self._connection.execute(select(*columns).where(participant.c.state == "active"))
        return (StoredPerson(row[0], str(row[1]), bytes(row[2]), bytes(row[3])) for row in rows)

    @override
    def events(self) -> Iterable[StoredEvent]:
        rows = self._connection.execution_options(yield_per=1000).execute(
            select(journal.c.participant_id, journal.c.event_id, journal.c.sealed).order_by(
                journal.c.participant_id, journal.c.event_id, journal.c.revision
            )
        )
        return (StoredEvent(row[0], EventId(str(row[1])), bytes(row[2])) for row in rows)

    @override
    def waiting(self) -> Iterable[StoredWaiting]:
        columns = (waiting.c[name] for name in StoredWaiting._fields)
        rows = self._connection.execute(select(*columns))
        return (StoredWaiting(row[0], EventId(str(row[1])), row[2], row[3]) for row in rows)


def audit(
    stored: StoredFacts, vault: Vault, pepper: bytes, read_tray: ReadTray, now: datetime
) -> AuditReport:
    """Compare every tray with what the journal and the ledger say it must hold at this moment.

    A change that is recorded and not yet enforced shows as a difference: audit at rest. What waits
    for a batch that is not due yet may be missing, or stand as it was, and no longer than that.

    Raises UnsealError when the journal cannot be read.
    """
    facts = _read_facts(stored, pepper, now)
    report = AuditReport()
    expected: dict[AgreementId, dict[bytes, Content]] = {one: {} for one in facts.agreements}
    may_stand: dict[AgreementId, dict[bytes, list[dict[str, Any]]]] = {}
    for person, revisions in _events(stored, vault, facts):
        report.events += 1
        fields = revisions[-1][0]
        for agreement_id, terms in facts.agreements.items():
            records = [_expected_record(facts, terms, person, *one) for one in revisions]
            if records[-1] is None:
                continue
            key, value, closed = records[-1]
            expected[agreement_id][key] = hashlib.sha256(value).digest(), closed
            if (person.participant_id, fields["event_id"], agreement_id) in facts.waiting:
                older = [decode(one[1]) for one in records if one is not None]
                may_stand.setdefault(agreement_id, {})[key] = older
    for agreement_id, wanted in sorted(expected.items()):
        topic = TopicName(f"out.{agreement_id}")
        held = _held(read_tray(topic))
        report.trays[agreement_id] = len(held)
        if agreement_id in may_stand:
            _set_aside(may_stand[agreement_id], wanted, held, read_tray(topic))
        report.differences += _compare(agreement_id, wanted, held)
    return report


def _read_facts(stored: StoredFacts, pepper: bytes, now: datetime) -> _Facts:
    agreements: dict[AgreementId, dict[str, Any]] = {}
    is_sensitive: dict[str, bool] = {}
    standings: dict[str, dict[AgreementId, dict[str, Any]]] = {}
    merged: dict[str, str] = {}
    for leaf in stored.leaves():
        fact = json.loads(leaf)
        if fact["kind"] == "agreement":
            agreements[fact["agreement"]] = fact["terms"]
        elif fact["kind"] == "service":
            is_sensitive[fact["service"]] = fact["sensitive"]
        elif "agreement" in fact:
            standings.setdefault(fact["subject"], {})[fact["agreement"]] = fact
        elif fact["kind"] == "merged":
            merged[fact["subject"]] = fact["into"]
        elif fact["kind"] == "unmerged":
            del merged[fact["subject"]]
    active = list(stored.people())
    numbers = {person.ledger_id: person.participant_id for person in active}
    people = {
        number: _Person(
            number,
            salt,
            sealed_key,
            standings.get(ledger_id, {}),
            shown_as=numbers[merged.get(ledger_id, ledger_id)],
        )
        for number, ledger_id, salt, sealed_key in active
    }
    waiting = {
        (row.participant_id, row.event_id, row.agreement_id)
        for row in stored.waiting()
        if row.agreement_id in agreements and not _is_due(agreements[row.agreement_id], row, now)
    }
    return _Facts(agreements, is_sensitive, people, waiting, pepper, now)


def _is_due(terms: dict[str, Any], row: StoredWaiting, now: datetime) -> bool:
    """Return whether the interval in which something began to wait is over, or never was."""
    every = timedelta(minutes=terms["release_every"])
    return not every or (row.since - _EPOCH) // every != (now - _EPOCH) // every


def _events(
    stored: StoredFacts, vault: Vault, facts: _Facts
) -> Iterator[tuple[_Person, list[tuple[dict[str, Any], int]]]]:
    """Yield each event of an active person: its highest revision, or all where it waits."""
    waiting = {(participant_id, event_id) for participant_id, event_id, _ in facts.waiting}
    for key, found in groupby(stored.events(), lambda event: event[:2]):
        person = facts.people.get(key[0])
        if person is not None:
            revisions = list(found)
            wanted = revisions if key in waiting else revisions[-1:]
            yield person, [_open_event(vault, person, one) for one in wanted]


def _open_event(vault: Vault, person: _Person, event: StoredEvent) -> tuple[dict[str, Any], int]:
    key = vault.open_key(person.sealed_key, person.participant_id)
    about = f"{event.participant_id}|{event.event_id}".encode()
    value = unseal(key, event.sealed, about)
    return decode(value), schema_id_of(value)


def _expected_record(
    facts: _Facts, terms: dict[str, Any], person: _Person, fields: dict[str, Any], schema_id: int
) -> tuple[bytes, bytes, str] | None:
    """Return key, value and `closed` of the record that a tray must hold of an event, if any."""
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
    closed = ",".join(block for block in _BLOCKS if block in shared and block not in opened)
    record = dict(fields)
    record["revision"] = 0
    record["recorded_at"] = _EPOCH
    for block in _BLOCKS:
        if block not in opened:
            record[block] = None
    forms, pseudonym = shared_fields(terms)
    for block, kind in ((one["name"], one["type"]) for one in schema.json["fields"]):
        is_coarse = pseudonym or any(path.startswith(f"{block}.") for path in forms)
        if block in _BLOCKS and is_coarse and record[block] is not None:
            record[block] = coarser(block, record[block], kind[1], forms, facts.is_sensitive)
    if person.shown_as != person.participant_id:
        secret = derived_token(facts.pepper, "merged")
        named = person.participant_id, record["event_id"]
        record["participant_id"] = person.shown_as
        record["event_id"] = derived_event_id(secret, *named)
    key_name = record["participant_id"]
    if pseudonym is not None:
        secret = derived_token(facts.pepper, "pseudonyms", terms["id"])
        key_name = pseudonymise(record, fields, secret, pseudonym, forms)
    body = io.BytesIO()
    fastavro.schemaless_writer(body, schema.parsed, record)
    value = frame(schema_id, body.getvalue())
    key = f"{key_name}|{record['event_id']}".encode()
    return key, value, closed


def _is_in_force(terms: dict[str, Any], now: datetime) -> bool:
    if terms["ended"] or datetime.fromisoformat(terms["valid_from"]) > now:
        return False
    until = terms["valid_until"]
    return until is None or now < datetime.fromisoformat(until)


def _opened(
    terms: dict[str, Any], person: _Person, provider_id: ProviderId, now: datetime
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


def _held(records: Iterable[KeyedRecord]) -> dict[bytes, Content]:
    held: dict[bytes, Content] = {}
    for record in records:
        if record.value is None:
            held.pop(record.key, None)
        else:
            closed = dict(record.headers).get("closed", b"").decode()
            held[record.key] = hashlib.sha256(record.value).digest(), closed
    return held


def _set_aside(
    may_stand: dict[bytes, list[dict[str, Any]]],
    wanted: dict[bytes, Content],
    held: dict[bytes, Content],
    tray: Iterable[KeyedRecord],
) -> None:
    """Leave out of a comparison what waits: it is missing, or stands as an earlier revision was.

    What stands may show less than would be shown now, and no more.
    """
    values = {record.key: record.value for record in tray if record.key in may_stand}
    for key, revisions in may_stand.items():
        value = values.get(key)
        if value is None or any(_shows_no_more(decode(value), one) for one in revisions):
            wanted.pop(key, None)
            held.pop(key, None)


def _shows_no_more(shown: dict[str, Any], permitted: dict[str, Any]) -> bool:
    return all(
        value == permitted[name] or (name in _BLOCKS and value is None)
        for name, value in shown.items()
    )


def _compare(
    agreement_id: AgreementId, wanted: dict[bytes, Content], held: dict[bytes, Content]
) -> Iterator[Difference]:
    for key in sorted(wanted.keys() | held.keys()):
        if wanted.get(key) != held.get(key):
            kind = "missing" if key not in held else "surplus" if key not in wanted else "different"
            yield Difference(agreement_id, kind, key.decode())
