"""What the ledger's leaves say of terms and people: read from the leaves alone."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from consent_ledger.audit.shares import ALL, Share
from consent_ledger.audit.stored_facts import StoredFacts, StoredWaiting
from schemas.identifiers import AgreementId, EventId, LedgerIndex, PassportNumber, ProviderId

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class AuditedPerson:
    """An active participant, with the last entry of each standing, and the number they go by.

    `decided_by` has, by agreement, the entries that changed the standing; those that merged or
    parted the number stand under None.
    """

    participant_id: PassportNumber
    pseudonym: str
    salt: bytes
    sealed_key: bytes
    standings: Mapping[AgreementId, dict[str, Any]]
    shown_as: PassportNumber
    decided_by: Mapping[AgreementId | None, set[LedgerIndex]]


@dataclass(frozen=True)
class Facts:
    """What decides what a tray holds.

    `brought_by` are the entries of each agreement's versions, `marked_by` those that marked each
    service; `partitions` is how many every tray has. `waiting` is what waits for a batch that is
    not due yet.
    """

    agreements: Mapping[AgreementId, dict[str, Any]]
    is_sensitive: Mapping[str, bool]
    people: Mapping[PassportNumber, AuditedPerson]
    pepper: bytes
    partitions: int
    now: datetime
    brought_by: Mapping[AgreementId, list[LedgerIndex]]
    marked_by: Mapping[str, set[LedgerIndex]]
    waiting: frozenset[tuple[PassportNumber, EventId, AgreementId]]

    @property
    def providers(self) -> set[ProviderId]:
        """The organisations whose services were entered."""
        return {ProviderId(service_id.partition(".")[0]) for service_id in self.is_sensitive}

    def may_decide(
        self,
        entry: LedgerIndex,
        person: AuditedPerson,
        agreement_id: AgreementId,
        service_id: str,
    ) -> bool:
        """Return whether an entry can have decided about such an event of the person."""
        return (
            entry in self.brought_by[agreement_id]
            or entry in person.decided_by.get(agreement_id, ())
            or entry in person.decided_by.get(None, ())
            or entry in self.marked_by.get(service_id, ())
        )


@dataclass
class _Leaves:
    agreements: dict[AgreementId, dict[str, Any]] = field(default_factory=dict)
    brought_by: dict[AgreementId, list[LedgerIndex]] = field(default_factory=dict)
    is_sensitive: dict[str, bool] = field(default_factory=dict)
    marked_by: dict[str, set[LedgerIndex]] = field(default_factory=dict)
    standings: dict[str, dict[AgreementId, dict[str, Any]]] = field(default_factory=dict)
    decided_by: dict[str, dict[AgreementId | None, set[LedgerIndex]]] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)


def read_facts(
    stored: StoredFacts, pepper: bytes, partitions: int, now: datetime, share: Share = ALL
) -> Facts:
    """Read the leaves, and who of the active people of a share they are about."""
    said = _read_leaves(stored.leaves(), share)
    active = list(stored.people())
    numbers = {person.ledger_id: person.participant_id for person in active}
    people = {
        number: AuditedPerson(
            number,
            ledger_id,
            salt,
            sealed_key,
            said.standings.get(ledger_id, {}),
            shown_as=numbers[said.merged.get(ledger_id, ledger_id)],
            decided_by=said.decided_by.get(ledger_id, {}),
        )
        for number, ledger_id, salt, sealed_key in active
        if share.has_person(ledger_id)
    }
    return Facts(
        said.agreements,
        said.is_sensitive,
        people,
        pepper,
        partitions,
        now,
        said.brought_by,
        said.marked_by,
        frozenset(row[:3] for row in stored.waiting() if not _is_due(said, row, now)),
    )


def _is_due(said: _Leaves, row: StoredWaiting, now: datetime) -> bool:
    """Return whether the interval in which something began to wait is over, or never was."""
    minutes = said.agreements.get(row.agreement_id, {}).get("release_every", 0)
    every = timedelta(minutes=minutes)
    return not every or (row.since - _EPOCH) // every != (now - _EPOCH) // every


def _read_leaves(leaves: Iterable[bytes], share: Share) -> _Leaves:
    """Read every leaf; of people keep what those of a share said."""
    said = _Leaves()
    for index, leaf in enumerate(leaves):
        seq, fact = LedgerIndex(index), json.loads(leaf.decode())
        if fact["kind"] == "agreement":
            said.agreements[fact["agreement"]] = fact["terms"]
            said.brought_by.setdefault(fact["agreement"], []).append(seq)
        elif fact["kind"] == "service":
            said.is_sensitive[fact["service"]] = fact["sensitive"]
            said.marked_by.setdefault(fact["service"], set()).add(seq)
        elif "subject" in fact and share.has_person(fact["subject"]):
            deciding = said.decided_by.setdefault(fact["subject"], {})
            deciding.setdefault(fact.get("agreement"), set()).add(seq)
            if "agreement" in fact:
                said.standings.setdefault(fact["subject"], {})[fact["agreement"]] = fact
            elif fact["kind"] == "merged":
                said.merged[fact["subject"]] = fact["into"]
            elif fact["kind"] == "unmerged":
                del said.merged[fact["subject"]]
    return said
