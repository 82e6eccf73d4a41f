"""Going through everything once: journal, disclosures, trays, topics."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import datetime
from typing import Final, Self

from consent_ledger.audit.contents import Headers, HeaderTable
from consent_ledger.audit.differences import (
    AuditReport,
    Difference,
    DifferenceKind,
    WrongPart,
    WrongPlace,
)
from consent_ledger.audit.expected import Expectations, ExpectedRecord
from consent_ledger.audit.facts import AuditedPerson, Facts, read_facts
from consent_ledger.audit.journal_rows import JournalEvent, open_events
from consent_ledger.audit.spool import Spool
from consent_ledger.audit.stored_facts import StoredDisclosure, StoredFacts
from consent_ledger.audit.terms import Terms
from consent_ledger.audit.trays import (
    Held,
    ReadTray,
    Wanted,
    compare,
    held_in,
    leave_out_equal,
    placed,
    wanted_in,
)
from consent_ledger.audit.waiting import WaitingPlaces
from consent_ledger.journal.vault import Vault
from schemas.identifiers import AgreementId, EventId, PassportNumber, TopicName
from schemas.trays import DEAD_PREFIX, IN_PREFIX, OUT_PREFIX

PEOPLE: Final = 200
"""Of whom the journal is read at a time."""
_RECORDS: Final = 1_000
"""After so many of a tray progress is told again."""

OnProgress = Callable[[str, int, int | None], None]
"""Takes what is being done, how far it is, and of how much, None where nobody knows."""

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
    on_progress: OnProgress = lambda *_: None,
) -> AuditReport:
    """Compare every tray with what the journal and the ledger say it must hold at this moment.

    `partitions` is how many every tray has; `topics` are all that there are. A change that is
    recorded and not yet enforced shows as a difference: audit at rest. What waits for a batch that
    is not due yet may be missing, or stand as it was, and no longer than that. What a row of the
    journal must give that cannot be believed nobody knows: then the row is named, not the trays.

    Expected and held records are set aside on disk, in a file without a name.

    Raises BusError when the disk is full.
    """
    with _Audit(read_facts(stored, pepper, partitions, now), vault, on_progress) as audited:
        audited.take_journal(stored)
        audited.take_trays(read_tray)
        audited.take_topics(topics)
        return audited.report


class _Audit:
    def __init__(self, facts: Facts, vault: Vault, on_progress: OnProgress) -> None:
        self.report = AuditReport()
        self._facts = facts
        self._vault = vault
        self._on_progress = on_progress
        self._table = HeaderTable()
        self._expected = Expectations(facts, self._table)
        self._spools = ExitStack()
        self._wanted = self._spools.enter_context(Spool())
        self._held = self._spools.enter_context(Spool())
        self._waiting = {agreement_id: WaitingPlaces() for agreement_id in facts.agreements}
        self._unknown: dict[AgreementId, set[bytes]] = {one: set() for one in facts.agreements}
        self._doubtful: set[PassportNumber] = set()
        self._wrong: dict[tuple[AgreementId, int, bytes], WrongPlace] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._spools.close()

    def take_journal(self, stored: StoredFacts) -> None:
        """Work out what every tray must hold, and what of the journal cannot be believed."""
        numbers = list(self._facts.people)
        for begin in range(0, len(numbers), PEOPLE):
            self._on_progress("Reading the journal, by person", begin, len(numbers))
            self._take_people(stored, numbers[begin : begin + PEOPLE])
        self._on_progress("Reading the journal, by person", len(numbers), len(numbers))

    def take_trays(self, read_tray: ReadTray) -> None:
        """Hold every tray against what it must hold."""
        for agreement_id in sorted(self._facts.agreements):
            self.report.trays[agreement_id] = 0
            self._read(agreement_id, read_tray)
        found: list[tuple[AgreementId, bytes, Difference]] = []
        for part in sorted(self._wanted.parts | self._held.parts):
            wanted = wanted_in(self._wanted.rows(part))
            held = held_in(self._held.rows(part))
            for agreement_id in wanted.keys() | held.keys():
                of_tray = wanted.get(agreement_id, {}), held.get(agreement_id, {})
                found += self._compare(agreement_id, *of_tray)
        found.sort(key=lambda row: (row[:2], row[2].partition))
        self.report.differences += (difference for _, _, difference in found)
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

    def _take_people(self, stored: StoredFacts, numbers: list[PassportNumber]) -> None:
        sent: dict[tuple[PassportNumber, EventId], _Places] = {}
        for disclosure in stored.disclosures(numbers):
            of_event = sent.setdefault((disclosure.participant_id, disclosure.event_id), {})
            of_event[disclosure.agreement_id, disclosure.shown_as] = disclosure
        found = self.report.differences
        for event in open_events(stored.events(numbers), self._facts.people, self._vault, found):
            self.report.events += 1
            self._expect(event, sent.pop(event.row[:2], {}))
        for participant_id, event_id in sorted(sent):
            self._cannot_know(self._facts.people[participant_id], event_id)
            key = f"{participant_id}|{event_id}"
            found.append(Difference(WrongPart.JOURNAL, DifferenceKind.MISSING, key))

    def _read(self, agreement_id: AgreementId, read_tray: ReadTray) -> None:
        topic = TopicName(f"{OUT_PREFIX}{agreement_id}")
        waiting = self._waiting[agreement_id]
        self._on_progress(f"Reading {topic}", 0, None)
        for count, record in enumerate(read_tray(topic), start=1):
            key, partition, content = placed(record, self._table)
            self._held.add(key, (agreement_id, key, partition, content and tuple(content)))
            if waiting:
                waiting.see(key, partition, record.value)
            if not count % _RECORDS:
                self._on_progress(f"Reading {topic}", count, None)

    def _compare(
        self, agreement_id: AgreementId, wanted: Wanted, held: Held
    ) -> Iterable[tuple[AgreementId, bytes, Difference]]:
        """Return the differences between a part of a tray and what it must hold."""
        self.report.trays[agreement_id] += len(held)
        waiting = self._waiting[agreement_id]
        for place in held.keys() & waiting.rightly_held:
            del held[place]
        leave_out_equal(wanted, held)
        unknown = self._unknown[agreement_id]
        for key, difference in compare(agreement_id, wanted, held, unknown, self._table):
            event = wanted[key].event if key in wanted else waiting.events.get(key)
            if difference.partition is not None:
                self._can_be_put_right(agreement_id, difference.partition, key, event)
            yield agreement_id, key, difference

    def _can_be_put_right(
        self,
        agreement_id: AgreementId,
        partition: int,
        key: bytes,
        event: tuple[PassportNumber, EventId] | None,
    ) -> None:
        place = WrongPlace(agreement_id, partition, key, event)
        self._wrong[place[:3]] = place

    def _expect(self, event: JournalEvent, places: _Places) -> None:
        """Work out what every tray must hold of an event."""
        facts, person = self._facts, event.person
        if event.opened is None:
            self._doubtful.add(person.participant_id)
            self._cannot_know(person, event.row.event_id)
            return
        for agreement_id, terms in self._expected.terms.items():
            record = self._expected.of(terms, person, event.opened)
            if record is None:
                continue
            if facts.waiting and (*event.row[:2], agreement_id) in facts.waiting:
                self._wait(terms, event, record)
                continue
            sent = places.get((agreement_id, person.shown_as))
            own = self._told(record, sent, terms, event)
            content = record.digest, own, record.others
            row = agreement_id, record.key, record.partition, content, event.row[:2]
            self._wanted.add(record.key, row)

    def _wait(self, terms: Terms, event: JournalEvent, record: ExpectedRecord) -> None:
        """Note what may stand in a tray until its next batch: as any earlier revision was."""
        earlier = (self._expected.of(terms, event.person, opened) for opened in event.earlier)
        values = [record.value, *(before.value for before in earlier if before is not None)]
        self._waiting[terms.agreement_id].add(record.key, record.partition, values, event.row[:2])

    def _told(
        self,
        record: ExpectedRecord,
        sent: StoredDisclosure | None,
        terms: Terms,
        event: JournalEvent,
    ) -> Headers:
        """Return the record's own headers: the disclosure says the issue, and which entry decided.

        A record is not sent again because another entry would now decide the same.
        """
        what: tuple[str, ...] = ()
        if sent is not None:
            of_whom = event.person, terms.agreement_id, event.row.service_id
            may_be = self._facts.may_decide(sent.decided_by, *of_whom)
            what = ("mask",) if sent.is_tombstone else ()
            what += () if may_be else ("decided_by",)
        if sent is None or what:
            kind = DifferenceKind.MISSING if sent is None else DifferenceKind.DIFFERENT
            name, agreement_id = record.key.decode(), terms.agreement_id
            self.report.differences.append(
                Difference(WrongPart.DISCLOSURES, kind, name, agreement_id, what=what)
            )
            self._can_be_put_right(agreement_id, record.partition, record.key, event.row[:2])
        times = (record.time,)
        if sent is None:
            return ("ce_id", ()), ("ce_time", times), ("ledgerseq", ())
        ids = (f"{record.event_id}.{sent.issue}".encode(),)
        entries: tuple[bytes, ...] = (b"%d" % sent.decided_by,)
        if terms.pseudonym is not None:  # an entry about a person would be the same in two trays
            entries = terms.brought_by
        return ("ce_id", ids), ("ce_time", times), ("ledgerseq", entries)

    def _cannot_know(self, person: AuditedPerson, event_id: EventId) -> None:
        for agreement_id, terms in self._expected.terms.items():
            key = self._expected.shown_key(terms, person, event_id)
            self._unknown[agreement_id].add(key)
