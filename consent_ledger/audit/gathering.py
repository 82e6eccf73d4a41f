"""What is read for an audit, all of it or a share: set aside by key, to be compared."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from consent_ledger.audit.contents import Headers, HeaderTable
from consent_ledger.audit.differences import (
    Difference,
    DifferenceKind,
    WrongPart,
    WrongPlace,
)
from consent_ledger.audit.expected import Expectations, ExpectedRecord
from consent_ledger.audit.facts import AuditedPerson, Facts
from consent_ledger.audit.journal_rows import JournalEvent, open_events
from consent_ledger.audit.spool import Spool
from consent_ledger.audit.stored_facts import StoredDisclosure, StoredFacts
from consent_ledger.audit.terms import Terms
from consent_ledger.audit.trays import ReadTray, placed
from consent_ledger.audit.waiting import WaitingPlaces
from consent_ledger.journal.vault import Vault
from schemas.identifiers import AgreementId, EventId, PassportNumber, ProviderId, TopicName
from schemas.trays import OUT_PREFIX

PEOPLE: Final = 200
"""Of whom the journal is read at a time."""
_RECORDS: Final = 1_000
"""After so many of a tray progress is told again."""

OnProgress = Callable[[str, int, int | None], None]
"""Takes what is being done, how far it is, and of how much, None where nobody knows."""

_Places = dict[tuple[AgreementId, PassportNumber], StoredDisclosure]
"""The last disclosures of one event, by agreement and the number under which it was shown."""

Waiting = Mapping[AgreementId, WaitingPlaces]
"""What waits for a tray's next batch, by agreement."""


@dataclass
class Gathered:
    """What was found, but for the records that are set aside.

    `unknown` are keys of which nobody knows what they must hold, `doubtful` people of whom a row
    of the journal cannot be believed, `wrong` places of trays of whose disclosure that is true.
    """

    agreements: frozenset[AgreementId]
    providers: frozenset[ProviderId]
    waiting: Waiting
    unknown: Mapping[AgreementId, set[bytes]]
    table: HeaderTable = field(default_factory=HeaderTable)
    events: int = 0
    differences: list[Difference] = field(default_factory=list)
    doubtful: set[PassportNumber] = field(default_factory=set)
    wrong: list[WrongPlace] = field(default_factory=list)


class Gathering:
    """Reads what there is, by the facts: those of all people, or of a share.

    What must stand in trays and what does is set aside in `wanted` and `held`.
    """

    def __init__(
        self,
        facts: Facts,
        vault: Vault,
        on_progress: OnProgress,
        wanted: Spool | None = None,
        held: Spool | None = None,
    ) -> None:
        self.gathered = Gathered(
            frozenset(facts.agreements),
            frozenset(facts.providers),
            {agreement_id: WaitingPlaces() for agreement_id in facts.agreements},
            {agreement_id: set() for agreement_id in facts.agreements},
        )
        self.wanted = wanted or Spool()
        self.held = held or Spool()
        self._facts = facts
        self._vault = vault
        self._on_progress = on_progress
        self._expected = Expectations(facts, self.gathered.table)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wanted.close()
        self.held.close()

    def take_journal(self, stored: StoredFacts) -> None:
        """Work out what every tray must hold, and what of the journal cannot be believed."""
        numbers = list(self._facts.people)
        for begin in range(0, len(numbers), PEOPLE):
            self._on_progress("Reading the journal, by person", begin, len(numbers))
            self._take_people(stored, numbers[begin : begin + PEOPLE])
        self._on_progress("Reading the journal, by person", len(numbers), len(numbers))

    def take_trays(self, read_tray: ReadTray, waiting: Waiting) -> None:
        """Set aside what every tray holds; `waiting` is what waits of all people."""
        self.gathered.waiting = waiting
        for agreement_id in sorted(self._facts.agreements):
            self._read(agreement_id, read_tray)

    def _take_people(self, stored: StoredFacts, numbers: list[PassportNumber]) -> None:
        sent: dict[tuple[PassportNumber, EventId], _Places] = {}
        for disclosure in stored.disclosures(numbers):
            of_event = sent.setdefault((disclosure.participant_id, disclosure.event_id), {})
            of_event[disclosure.agreement_id, disclosure.shown_as] = disclosure
        found = self.gathered.differences
        for event in open_events(stored.events(numbers), self._facts.people, self._vault, found):
            self.gathered.events += 1
            self._expect(event, sent.pop(event.row[:2], {}))
        for participant_id, event_id in sorted(sent):
            self._cannot_know(self._facts.people[participant_id], event_id)
            key = f"{participant_id}|{event_id}"
            found.append(Difference(WrongPart.JOURNAL, DifferenceKind.MISSING, key))

    def _read(self, agreement_id: AgreementId, read_tray: ReadTray) -> None:
        topic = TopicName(f"{OUT_PREFIX}{agreement_id}")
        waiting = self.gathered.waiting[agreement_id]
        self._on_progress(f"Reading {topic}", 0, None)
        for count, record in enumerate(read_tray(topic), start=1):
            key, partition, content = placed(record, self.gathered.table)
            self.held.add(key, (agreement_id, key, partition, content and tuple(content)))
            if waiting:
                waiting.see(key, partition, record.value)
            if not count % _RECORDS:
                self._on_progress(f"Reading {topic}", count, None)

    def _expect(self, event: JournalEvent, places: _Places) -> None:
        """Work out what every tray must hold of an event."""
        facts, person = self._facts, event.person
        if event.opened is None:
            self.gathered.doubtful.add(person.participant_id)
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
            self.wanted.add(record.key, row)

    def _wait(self, terms: Terms, event: JournalEvent, record: ExpectedRecord) -> None:
        """Note what may stand in a tray until its next batch: as any earlier revision was."""
        earlier = (self._expected.of(terms, event.person, opened) for opened in event.earlier)
        values = [record.value, *(before.value for before in earlier if before is not None)]
        self.gathered.waiting[terms.agreement_id].add(
            record.key, record.partition, values, event.row[:2]
        )

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
            self.gathered.differences.append(
                Difference(WrongPart.DISCLOSURES, kind, name, agreement_id, what=what)
            )
            self.gathered.wrong.append(
                WrongPlace(agreement_id, record.partition, record.key, event.row[:2])
            )
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
            self.gathered.unknown[agreement_id].add(key)
