"""An audit: what every tray must hold, by journal and ledger, against what it holds."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from consent_ledger.audit.contents import HeaderTable
from consent_ledger.audit.differences import AuditReport, Difference, WrongPlace
from consent_ledger.audit.facts import read_facts
from consent_ledger.audit.gathering import Gathered, Gathering, OnProgress, Waiting
from consent_ledger.audit.spool import Row, Spool
from consent_ledger.audit.stored_facts import StoredFacts
from consent_ledger.audit.trays import (
    Held,
    ReadTray,
    Wanted,
    compare,
    held_in,
    leave_out_equal,
    wanted_in,
)
from consent_ledger.audit.waiting import WaitingPlaces
from consent_ledger.journal.vault import Vault
from schemas.identifiers import AgreementId, EventId, PassportNumber, TopicName
from schemas.trays import DEAD_PREFIX, IN_PREFIX, OUT_PREFIX


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
    with Gathering(read_facts(stored, pepper, partitions, now), vault, on_progress) as gathering:
        gathering.take_journal(stored)
        gathering.take_trays(read_tray, gathering.gathered.waiting)
        return report_of([gathering.gathered], [gathering.wanted], [gathering.held], topics)


def all_that_waits(shares: Iterable[Waiting]) -> Waiting:
    """Return what waits of all people, each of whom is of one share."""
    found: dict[AgreementId, WaitingPlaces] = {}
    for share in shares:
        for agreement_id, places in share.items():
            found.setdefault(agreement_id, WaitingPlaces()).take_in(places)
    return found


def report_of(
    shares: Sequence[Gathered],
    wanted: Sequence[Spool],
    held: Sequence[Spool],
    topics: Iterable[TopicName],
) -> AuditReport:
    """Compare what was gathered, in one share or in several; the order says nothing of which."""
    compared = _Compared(shares)
    compared.compare(wanted, held)
    compared.take_topics(topics)
    return compared.report


class _Compared:
    def __init__(self, shares: Sequence[Gathered]) -> None:
        self._agreements = {agreement_id for share in shares for agreement_id in share.agreements}
        self._providers = {provider_id for share in shares for provider_id in share.providers}
        self._waiting = all_that_waits(share.waiting for share in shares)
        self._doubtful = {number for share in shares for number in share.doubtful}
        self._unknown = {
            agreement_id: {key for share in shares for key in share.unknown[agreement_id]}
            for agreement_id in self._agreements
        }
        self._table = HeaderTable()
        for share in shares:
            self._table.take_in(share.table)
        self._wrong = {place[:3]: place for share in shares for place in share.wrong}
        self.report = AuditReport(
            sum(share.events for share in shares),
            dict.fromkeys(sorted(self._agreements), 0),
            sorted((one for share in shares for one in share.differences), key=_in_order),
        )

    def compare(self, wanted: Sequence[Spool], held: Sequence[Spool]) -> None:
        """Hold every tray against what it must hold."""
        found: list[tuple[AgreementId, bytes, Difference]] = []
        for part in sorted({part for spool in (*wanted, *held) for part in spool.parts}):
            wanted_by_tray, held_by_tray = (
                wanted_in(_rows(wanted, part)),
                held_in(_rows(held, part)),
            )
            for agreement_id in wanted_by_tray.keys() | held_by_tray.keys():
                of_tray = wanted_by_tray.get(agreement_id, {}), held_by_tray.get(agreement_id, {})
                found += self._compare(agreement_id, *of_tray)
        found.sort(key=lambda row: (row[:2], row[2].partition))
        self.report.differences += (difference for _, _, difference in found)
        self.report.wrong_places = [
            place
            for _, place in sorted(self._wrong.items())
            if place.event is None or place.event[0] not in self._doubtful
        ]

    def take_topics(self, topics: Iterable[TopicName]) -> None:
        """Name the trays and dead letters that belong to no agreement and no organisation."""
        known = {f"{OUT_PREFIX}{agreement_id}" for agreement_id in self._agreements}
        for provider_id in self._providers:
            known |= {f"{IN_PREFIX}{provider_id}", f"{DEAD_PREFIX}{provider_id}"}
        self.report.unknown_topics += (
            topic
            for topic in sorted(set(topics) - known)
            if topic.startswith((OUT_PREFIX, IN_PREFIX, DEAD_PREFIX))
        )

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


def _rows(spools: Sequence[Spool], part: int) -> Iterator[Row]:
    for spool in spools:
        yield from spool.rows(part)


def _in_order(found: Difference) -> tuple[str, ...]:
    """Return by what differences of journal and disclosures are put in order."""
    return found.key, found.place, found.agreement_id or "", found.kind, *found.what
