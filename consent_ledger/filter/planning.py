"""What is to be written so that every tray holds what it should of an event, and nothing more."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent_ledger.agreements.agreement import Basis
from consent_ledger.agreements.in_force import AgreementsInForce, InForce
from consent_ledger.consent.decisions import NO_STANDING, Decision, Standing
from consent_ledger.filter.headers import record_headers, tombstone_headers
from consent_ledger.filter.intervals import beginning
from consent_ledger.filter.people import ShownAs
from consent_ledger.filter.records import OutRecord
from consent_ledger.filter.remembered_decisions import RememberedDecisions
from consent_ledger.journal.disclosures import Disclosed, NewDisclosure, TrayPlace
from consent_ledger.journal.vault import Vault
from consent_ledger.redaction.redactor import EventIdentity, Redactor
from schemas.categories import NOTHING, Mask
from schemas.codec import WalkedEvent
from schemas.identifiers import AgreementId, EventId, LedgerIndex, PassportNumber, TopicName
from schemas.trays import out_key, out_tray, partition_of


@dataclass(init=False)
class Delivery:
    """A record to be written and the row that says so."""

    record: OutRecord
    disclosure: NewDisclosure

    def __init__(self, record: OutRecord, disclosure: NewDisclosure) -> None:
        self.record = record
        self.disclosure = disclosure


class Plan:
    """What to write of an event, and how it stands with the trays that are given it in batches.

    It is `waiting` for the next batch of some; others have what they must have once this is
    written.
    """

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.waiting: list[AgreementId] = []
        self.settled: list[AgreementId] = []


class _Tray:
    """An agreement's tray and how events look in it; `every` is None where nothing waits."""

    def __init__(self, in_force: InForce, redactor: Redactor) -> None:
        self.in_force = in_force
        self.redactor = redactor
        self.agreement_id: AgreementId = in_force.agreement.id
        self.topic: TopicName = out_tray(in_force.agreement.id)
        self.every: timedelta | None = in_force.agreement.release_interval
        self._own_entry: LedgerIndex | None = (
            in_force.seq if in_force.agreement.pseudonymous else None
        )

    def visible_entry(self, decided_by: LedgerIndex) -> LedgerIndex:
        """Return the entry that a header names: in a pseudonymous tray, the agreement's.

        An entry about a person, such as a merge or an erasure, would be the same in two trays.
        """
        return decided_by if self._own_entry is None else self._own_entry


class _Rendering:
    """An event as a tray shows it after a decision, with its keyed digest."""

    def __init__(
        self, event_type: str, occurred_at_ms: int, decision: Decision, value: bytes, digest: bytes
    ) -> None:
        self.event_type = event_type
        self.occurred_at_ms = occurred_at_ms
        self.decision = decision
        self.value = value
        self.digest = digest


class _Place:
    """Where an event's record stands in a tray, and the event's id there."""

    def __init__(self, partition: int, key: bytes, event_id: EventId) -> None:
        self.partition = partition
        self.key = key
        self.event_id = event_id


class _Shared:
    """What an event's records have in common in several trays.

    `shown` is value and digest by what was decided, `places` by the number in the key.
    """

    def __init__(self) -> None:
        self.shown: dict[tuple[Mask, Mask, Basis], tuple[bytes, bytes]] = {}
        self.places: dict[PassportNumber, _Place] = {}


class Planner:
    """Plans deliveries under the terms in force, which it was built for."""

    def __init__(
        self, terms: AgreementsInForce, pepper: bytes, vault: Vault, partitions: int
    ) -> None:
        self._terms = terms
        self._for_everyone = terms.for_everyone
        self._vault = vault
        self._partitions = partitions
        self._decisions = RememberedDecisions()
        self._trays = {
            agreement_id: _Tray(
                in_force, Redactor(in_force.agreement, pepper, terms.services.keys())
            )
            for agreement_id, in_force in terms.agreements.items()
        }

    def agreements(self) -> set[AgreementId]:
        """Return the agreements in force."""
        return set(self._trays)

    def plan(
        self,
        event: WalkedEvent,
        name: ShownAs,
        standings: Mapping[AgreementId, Standing],
        last: Mapping[TrayPlace, Disclosed],
        *,
        now: datetime,
        only: Collection[str] | None = None,
        released: Collection[AgreementId] = (),
    ) -> Plan:
        """Return what to write of an event, compared with what was disclosed of it last.

        `only` narrows the agreements considered. What a tray shows under another number than the
        person's present one is retracted. What is new in a tray that is given it in batches waits,
        unless its batch is `released` now; what is closed does not: its record is retracted, and
        what is left of it comes with the batch.
        """
        mark = self._terms.mark(event.service_id)
        newest = max(name.seq, mark.seq)
        shared = _Shared()
        plan = Plan()
        issued = _issued(last)
        for agreement_id in self._considered(standings, last, only):
            tray = self._trays[agreement_id]
            decision = self._decisions.decide(
                tray.in_force,
                standings.get(agreement_id, NO_STANDING),
                event.provider_id,
                event.schema.event,
                is_sensitive=mark.is_sensitive,
                now=now,
                newest=newest,
            )
            content = None
            if decision.mask != NOTHING:
                content = self._render(event, tray.redactor, decision, shared, name.shown_as)
            before = last.get(TrayPlace(agreement_id, name.shown_as)) if last else None
            is_current = _is_current(before, decision, content)
            if tray.every is not None:
                waits = not is_current and content is not None and agreement_id not in released
                (plan.waiting if waits else plan.settled).append(agreement_id)
                if waits:
                    content, is_current = None, not _shows_more(before, decision)
            if not is_current:
                issued[agreement_id] = issued.get(agreement_id, 0) + 1
                batch_at = None if tray.every is None else beginning(now, tray.every)
                plan.deliveries.append(
                    self._delivery(
                        tray,
                        event,
                        name.shown_as,
                        issued[agreement_id],
                        shared,
                        decided_by=decision.seq,
                        content=content,
                        batch_at=batch_at,
                    )
                )
        old = {
            place: sent
            for place, sent in last.items()
            if place.shown_as != name.shown_as and (only is None or place.agreement_id in only)
        }
        if old:
            plan.deliveries.extend(self._retracted(event, old, issued, name.seq))
        return plan

    def retract(
        self,
        event: EventIdentity,
        last: Mapping[TrayPlace, Disclosed],
        decided_by: LedgerIndex,
    ) -> list[Delivery]:
        """Return a tombstone for each place that may hold an event and must not.

        It needs only the event's ids: once a person is erased the journal cannot be read any more.
        """
        return list(self._retracted(event, last, _issued(last), decided_by))

    def _retracted(
        self,
        event: EventIdentity,
        places: Mapping[TrayPlace, Disclosed],
        issued: dict[AgreementId, int],
        decided_by: LedgerIndex,
    ) -> Iterator[Delivery]:
        shared = _Shared()
        for place, before in sorted(places.items()):
            if before.mask != NOTHING or not before.is_confirmed:
                issued[place.agreement_id] += 1
                yield self._delivery(
                    self._trays[place.agreement_id],
                    event,
                    place.shown_as,
                    issued[place.agreement_id],
                    shared,
                    decided_by=decided_by,
                )

    def _considered(
        self,
        standings: Mapping[AgreementId, Standing],
        last: Mapping[TrayPlace, Disclosed],
        only: Iterable[str] | None,
    ) -> list[AgreementId]:
        """Return the agreements with a standing, for everyone, or with an earlier disclosure."""
        considered = {place.agreement_id for place in last}
        considered.update(self._for_everyone, standings)
        if only is not None:
            considered.intersection_update(only)
        return sorted(considered & self._trays.keys())

    def _render(
        self,
        event: WalkedEvent,
        redactor: Redactor,
        decision: Decision,
        shared: _Shared,
        shown_as: PassportNumber,
    ) -> _Rendering:
        """Return the event under a mask; trays that show it as it is share the same bytes.

        The digest covers what the headers say of the decision: an agreement's next version may
        close a category that was not there before, and leave the value as it is.
        """
        decided = decision.mask, decision.closed, decision.basis
        shown = shared.shown.get(decided) if redactor.is_plain else None
        if shown is None:
            value = redactor.value(event, decision.mask, shown_as)
            stated = f"{decision.basis},{decision.closed}|".encode()
            shown = value, self._vault.digest(stated + value)
            if redactor.is_plain:
                shared.shown[decided] = shown
        return _Rendering(event.schema.event, redactor.occurred_at_ms(event), decision, *shown)

    def _place(
        self, redactor: Redactor, event: EventIdentity, shown_as: PassportNumber, shared: _Shared
    ) -> _Place:
        """Return where an event's record stands in a tray: in all that have no pseudonyms alike."""
        if redactor.is_named and shown_as in shared.places:
            return shared.places[shown_as]
        participant_id, event_id = redactor.names(event, shown_as)
        place = _Place(
            partition_of(participant_id, self._partitions),
            out_key(participant_id, event_id),
            event_id,
        )
        if redactor.is_named:
            shared.places[shown_as] = place
        return place

    def _delivery(
        self,
        tray: _Tray,
        event: EventIdentity,
        shown_as: PassportNumber,
        number: int,
        shared: _Shared,
        *,
        decided_by: LedgerIndex,
        content: _Rendering | None = None,
        batch_at: datetime | None = None,
    ) -> Delivery:
        """Return the value of an event, or without `content` its tombstone.

        A value that comes with a batch has the batch's time.
        """
        agreement_id = tray.agreement_id
        place = self._place(tray.redactor, event, shown_as, shared)
        entry = tray.visible_entry(decided_by)
        if content is None:
            headers = tombstone_headers(agreement_id, place.event_id, number, entry)
        else:
            headers = record_headers(
                agreement_id,
                place.event_id,
                number,
                content.decision,
                visible_entry=entry,
                event=content.event_type,
                occurred_at_ms=content.occurred_at_ms,
            )
        return Delivery(
            OutRecord(
                tray.topic,
                place.partition,
                place.key,
                content.value if content else None,
                headers,
                timestamp_ms=_milliseconds(batch_at) if content and batch_at else None,
            ),
            NewDisclosure(
                participant_id=event.participant_id,
                event_id=event.event_id,
                agreement_id=agreement_id,
                shown_as=shown_as,
                issue=number,
                mask=content.decision.mask if content else NOTHING,
                by_sensitive_gate=content.decision.by_sensitive_gate if content else None,
                digest=content.digest if content else None,
                decided_by=decided_by,
            ),
        )


def _issued(last: Mapping[TrayPlace, Disclosed]) -> dict[AgreementId, int]:
    """Return the highest number that a record of an event has had in each agreement's tray.

    Numbers go on from place to place: under every number but the first an event has the same id.
    """
    issued: dict[AgreementId, int] = {}
    for place, sent in last.items():
        issued[place.agreement_id] = max(issued.get(place.agreement_id, 0), sent.issue)
    return issued


def _shows_more(before: Disclosed | None, decision: Decision) -> bool:
    """Return whether a place may hold what a decision closes."""
    return before is not None and (
        not before.is_confirmed or before.mask & ~decision.mask != NOTHING
    )


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _is_current(before: Disclosed | None, decision: Decision, content: _Rendering | None) -> bool:
    """Return whether a place holds this content already: confirmed, and with the same digest."""
    if before is None:
        return content is None
    return (
        before.is_confirmed
        and before.mask == decision.mask
        and before.digest == (content.digest if content else None)
    )
