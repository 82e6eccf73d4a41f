"""Going through everything once: journal, disclosures, trays, topics."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from consent_ledger.audit.differences import (
    AuditReport,
    Difference,
    DifferenceKind,
    WrongPart,
    WrongPlace,
)
from consent_ledger.audit.expected import Content, expected_record, shown_key
from consent_ledger.audit.facts import AuditedPerson, Facts, read_facts
from consent_ledger.audit.journal_rows import JournalEvent, open_events
from consent_ledger.audit.stored_facts import StoredDisclosure, StoredFacts
from consent_ledger.audit.trays import ReadTray, compare, held_in
from consent_ledger.audit.waiting import leave_out_waiting
from consent_ledger.journal.vault import Vault
from consent_ledger.verification.expected_fields import shared_fields
from schemas.identifiers import AgreementId, EventId, LedgerIndex, PassportNumber, TopicName
from schemas.trays import DEAD_PREFIX, IN_PREFIX, OUT_PREFIX

_Places = dict[tuple[AgreementId, PassportNumber], StoredDisclosure]
"""The last disclosures of one event, by agreement and the number under which it was shown."""


def audit(
    stored: StoredFacts,
    vault: Vault,
    pepper: bytes,
    read_tray: ReadTray,
    now: datetime,
    *,
    partitions: int,
    topics: Iterable[TopicName],
) -> AuditReport:
    """Compare every tray with what the journal and the ledger say it must hold at this moment.

    `partitions` is how many every tray has; `topics` are all that there are. A change that is
    recorded and not yet enforced shows as a difference: audit at rest. What waits for a batch that
    is not due yet may be missing, or stand as it was, and no longer than that. What a row of the
    journal must give that cannot be believed nobody knows: then the row is named, not the trays.
    """
    audited = _Audit(read_facts(stored, pepper, partitions, now), vault)
    audited.take_journal(stored)
    audited.take_trays(read_tray)
    audited.take_topics(topics)
    return audited.report


@dataclass
class _TrayState:
    """What a tray must hold, which event each of its keys is, and keys of which nobody knows.

    `waiting` has, by key and partition, what may stand there until the next batch.
    """

    wanted: dict[bytes, Content] = field(default_factory=dict)
    events: dict[bytes, tuple[PassportNumber, EventId]] = field(default_factory=dict)
    unknown: set[bytes] = field(default_factory=set)
    waiting: dict[tuple[bytes, int], list[bytes]] = field(default_factory=dict)


class _Audit:
    def __init__(self, facts: Facts, vault: Vault) -> None:
        self.report = AuditReport()
        self._facts = facts
        self._vault = vault
        self._trays = {agreement_id: _TrayState() for agreement_id in facts.agreements}
        self._doubtful: set[PassportNumber] = set()
        self._wrong: dict[tuple[AgreementId, int, bytes], WrongPlace] = {}

    def take_journal(self, stored: StoredFacts) -> None:
        """Work out what every tray must hold, and what of the journal cannot be believed."""
        sent: dict[tuple[PassportNumber, EventId], _Places] = {}
        for disclosure in stored.disclosures():
            if disclosure.participant_id in self._facts.people:
                of_event = sent.setdefault((disclosure.participant_id, disclosure.event_id), {})
                of_event[disclosure.agreement_id, disclosure.shown_as] = disclosure
        found = self.report.differences
        for event in open_events(stored.events(), self._facts.people, self._vault, found):
            self.report.events += 1
            self._expect(event, sent.pop(event.row[:2], {}))
        for participant_id, event_id in sorted(sent):
            self._cannot_know(self._facts.people[participant_id], event_id)
            key = f"{participant_id}|{event_id}"
            found.append(Difference(WrongPart.JOURNAL, DifferenceKind.MISSING, key))

    def take_trays(self, read_tray: ReadTray) -> None:
        """Hold every tray against what it must hold."""
        for agreement_id, tray in sorted(self._trays.items()):
            topic = TopicName(f"{OUT_PREFIX}{agreement_id}")
            held = held_in(read_tray(topic))
            self.report.trays[agreement_id] = len(held)
            if tray.waiting:
                leave_out_waiting(tray.waiting, held, read_tray(topic))
            for key, difference in compare(agreement_id, tray.wanted, held, tray.unknown):
                self.report.differences.append(difference)
                self._can_be_put_right(agreement_id, difference.partition, key)
        self.report.wrong_places = [
            place
            for place in self._wrong.values()
            if place.event is None or place.event[0] not in self._doubtful
        ]

    def take_topics(self, topics: Iterable[TopicName]) -> None:
        """Name the trays and dead letters that belong to no agreement and no organisation."""
        known = {f"{OUT_PREFIX}{agreement_id}" for agreement_id in self._facts.agreements}
        for provider_id in self._facts.providers:
            known |= {f"{IN_PREFIX}{provider_id}", f"{DEAD_PREFIX}{provider_id}"}
        self.report.unknown_topics += (
            topic
            for topic in sorted(set(topics) - known)
            if topic.startswith((OUT_PREFIX, IN_PREFIX, DEAD_PREFIX))
        )

    def _can_be_put_right(
        self, agreement_id: AgreementId, partition: int | None, key: bytes
    ) -> None:
        event = self._trays[agreement_id].events.get(key)
        if partition is None:
            return
        place = WrongPlace(agreement_id, partition, key, event)
        self._wrong[place[:3]] = place

    def _expect(self, event: JournalEvent, places: _Places) -> None:
        """Work out what every tray must hold of an event."""
        facts, person = self._facts, event.person
        if event.opened is None:
            self._doubtful.add(person.participant_id)
            self._cannot_know(person, event.row.event_id)
            return
        for agreement_id, terms in facts.agreements.items():
            record = expected_record(facts, terms, person, *event.opened)
            if record is not None:
                key, value, content = record
                tray = self._trays[agreement_id]
                tray.events[key] = event.row[:2]
                if (*event.row[:2], agreement_id) in facts.waiting:
                    earlier = (expected_record(facts, terms, person, *one) for one in event.earlier)
                    tray.waiting[key, content.partition] = [
                        value,
                        *(before[1] for before in earlier if before is not None),
                    ]
                    continue
                sent = places.get((agreement_id, person.shown_as))
                told = self._told(key, content, sent, terms, event)
                headers = {**content.headers, **told}
                tray.wanted[key] = content._replace(headers=headers)

    def _told(
        self,
        key: bytes,
        content: Content,
        sent: StoredDisclosure | None,
        terms: dict[str, Any],
        event: JournalEvent,
    ) -> dict[str, tuple[str, ...]]:
        """Return the headers that the disclosure decides: the issue, and which entry decided.

        A record is not sent again because another entry would now decide the same.
        """
        what: tuple[str, ...] = ()
        if sent is not None:
            deciding = self._facts.deciding(event.person, terms["id"], event.row.service_id)
            what = ("mask",) if sent.is_tombstone else ()
            what += ("decided_by",) if sent.decided_by not in deciding else ()
        if sent is None or what:
            kind = DifferenceKind.MISSING if sent is None else DifferenceKind.DIFFERENT
            name = key.decode()
            self.report.differences.append(
                Difference(WrongPart.DISCLOSURES, kind, name, terms["id"], what=what)
            )
            self._can_be_put_right(terms["id"], content.partition, key)
        if sent is None:
            return {"ce_id": (), "ledgerseq": ()}
        event_id = key.decode().partition("|")[2]
        entries: Iterable[LedgerIndex] = (sent.decided_by,)
        _, pseudonym = shared_fields(terms)
        if pseudonym is not None:  # an entry about a person would be the same in two trays
            entries = self._facts.brought_by[terms["id"]]
        return {"ce_id": (f"{event_id}.{sent.issue}",), "ledgerseq": tuple(map(str, entries))}

    def _cannot_know(self, person: AuditedPerson, event_id: EventId) -> None:
        for agreement_id, terms in self._facts.agreements.items():
            key = shown_key(self._facts, terms, person, event_id)
            self._trays[agreement_id].unknown.add(key)
