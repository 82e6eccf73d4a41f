"""What has to be written so that each tray holds what it should of an event, and nothing more."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from consent_ledger.agreements.in_force import AgreementsInForce, InForce
from consent_ledger.consent.decisions import NO_STANDING, Decision, Standing, decide
from consent_ledger.filter.event_log import OutRecord
from consent_ledger.filter.headers import record_headers, tombstone_headers
from consent_ledger.filter.people import ShownAs
from consent_ledger.journal.disclosures import Disclosed, NewDisclosure, TrayPlace
from consent_ledger.journal.vault import Vault
from consent_ledger.redaction.redactor import EventIdentity, Redactor
from schemas.categories import NOTHING, Mask
from schemas.codec import WalkedEvent
from schemas.identifiers import AgreementId, LedgerIndex, PassportNumber, TopicName
from schemas.trays import out_key, out_tray, partition_of


class Delivery(NamedTuple):
    """A record to be written and the row that says so."""

    record: OutRecord
    disclosure: NewDisclosure


class _Tray(NamedTuple):
    """An agreement's tray and how events look in it."""

    in_force: InForce
    topic: TopicName
    projection: Redactor

    def told(self, decided_by: LedgerIndex) -> LedgerIndex:
        """Return the entry that a header tells of: in a pseudonymous tray, the agreement's.

        An entry about a person, such as a merging or an erasure, would be the same in two trays.
        """
        return self.in_force.seq if self.in_force.agreement.pseudonymous else decided_by


class _Shown(NamedTuple):
    """An event as a tray shows it, with its keyed digest; no value is a tombstone."""

    value: bytes | None
    digest: bytes | None


_RETRACTED: Final = _Shown(None, None)


class Planner:
    """Plans deliveries under the terms in force, which it was built for."""

    def __init__(
        self, terms: AgreementsInForce, pepper: bytes, vault: Vault, partitions: int
    ) -> None:
        self._terms = terms
        self._for_everyone = terms.for_everyone
        self._vault = vault
        self._partitions = partitions
        self._trays = {
            agreement_id: _Tray(one, out_tray(agreement_id), Redactor(one.agreement, pepper))
            for agreement_id, one in terms.agreements.items()
        }

    def plan(
        self,
        event: WalkedEvent,
        name: ShownAs,
        standings: Mapping[AgreementId, Standing],
        last: Mapping[TrayPlace, Disclosed],
        *,
        now: datetime,
        only: Iterable[str] | None = None,
    ) -> list[Delivery]:
        """Return what to write of one event, compared with what was disclosed of it last.

        Considered are the agreements the person has standing in, those that reach everyone, and
        those the event was ever disclosed under; `only` narrows them. A value that stands already,
        with the same categories said to be closed and on the same basis, is not sent again. What
        stands in another name than the person's present one is retracted.
        """
        considered = self._for_everyone | standings.keys() | {one.agreement_id for one in last}
        if only is not None:
            considered = considered & frozenset(only)
        mark = self._terms.mark(event.service_id)
        newest = max(name.seq, mark.seq)
        partition = partition_of(name.shown_as, self._partitions)
        shown: dict[Mask, bytes] = {}
        deliveries = []
        for agreement_id in sorted(considered & self._trays.keys()):
            tray = self._trays[agreement_id]
            decision = decide(
                tray.in_force.agreement,
                tray.in_force.seq,
                standings.get(agreement_id, NO_STANDING),
                event.provider_id,
                event.schema.event,
                is_sensitive=mark.is_sensitive,
                now=now,
            )
            if decision.seq < newest:
                decision = decision._replace(seq=newest)
            before = last.get(TrayPlace(agreement_id, name.shown_as))
            if decision.mask == NOTHING:
                if before is None or (before.mask == NOTHING and before.is_confirmed):
                    continue
                content = _RETRACTED
            else:
                content = self._show(event, tray.projection, decision, shown, name.shown_as)
                if (
                    before is not None
                    and before.is_confirmed
                    and before.mask == decision.mask
                    and before.digest == content.digest
                ):
                    continue
            issue = before.issue + 1 if before else 1
            deliveries.append(
                _delivery(
                    event,
                    tray,
                    decision,
                    content,
                    shown_as=name.shown_as,
                    issue=issue,
                    partition=partition,
                )
            )
        if any(one.shown_as != name.shown_as for one in last):
            old = {one: last[one] for one in last if one.shown_as != name.shown_as}
            deliveries += self.retract(event, old, name.seq)
        return deliveries

    def retract(
        self, event: EventIdentity, last: Mapping[TrayPlace, Disclosed], decided_by: LedgerIndex
    ) -> list[Delivery]:
        """Return a tombstone for each place in which an event may stand and must not.

        It needs nothing of the event but its names: of somebody erased the journal cannot be read
        any more.
        """
        return [
            _tombstone(
                self._trays[place.agreement_id],
                event,
                shown_as=place.shown_as,
                issue=before.issue + 1,
                partition=partition_of(place.shown_as, self._partitions),
                decided_by=decided_by,
            )
            for place, before in sorted(last.items())
            if before.mask != NOTHING or not before.is_confirmed
        ]

    def _show(
        self,
        event: WalkedEvent,
        projection: Redactor,
        decision: Decision,
        shown: dict[Mask, bytes],
        shown_as: PassportNumber,
    ) -> _Shown:
        """Return the event under a mask; trays that show it as it is share the same bytes.

        The digest covers what the headers say of the decision: an agreement's next version may
        close a category that was not there before, and leave the value as it is.
        """
        value = shown.get(decision.mask) if projection.is_plain else None
        if value is None:
            value = projection.value(event, decision.mask, shown_as)
            if projection.is_plain:
                shown[decision.mask] = value
        said = f"{decision.basis},{decision.closed}|".encode()
        return _Shown(value, self._vault.digest(said + value))


def _delivery(
    event: WalkedEvent,
    tray: _Tray,
    decision: Decision,
    content: _Shown,
    *,
    shown_as: PassportNumber,
    issue: int,
    partition: int,
) -> Delivery:
    if content.value is None:
        return _tombstone(
            tray,
            event,
            shown_as=shown_as,
            issue=issue,
            partition=partition,
            decided_by=decision.seq,
        )
    agreement_id = tray.in_force.agreement.id
    participant_id, event_id = tray.projection.names(event, shown_as)
    headers = record_headers(
        agreement_id,
        event_id,
        issue,
        decision,
        told=tray.told(decision.seq),
        event=event.schema.event,
        occurred_at_ms=tray.projection.occurred_at_ms(event),
    )
    key = out_key(participant_id, event_id)
    return Delivery(
        OutRecord(tray.topic, partition, key, content.value, headers),
        NewDisclosure(
            event.participant_id,
            event.event_id,
            agreement_id,
            shown_as,
            issue,
            decision.mask,
            decision.by_sensitive_gate,
            content.digest,
            decision.seq,
        ),
    )


def _tombstone(
    tray: _Tray,
    event: EventIdentity,
    *,
    shown_as: PassportNumber,
    issue: int,
    partition: int,
    decided_by: LedgerIndex,
) -> Delivery:
    agreement_id = tray.in_force.agreement.id
    participant_id, event_id = tray.projection.names(event, shown_as)
    return Delivery(
        OutRecord(
            tray.topic,
            partition,
            out_key(participant_id, event_id),
            None,
            tombstone_headers(agreement_id, event_id, issue, tray.told(decided_by)),
        ),
        NewDisclosure(
            event.participant_id,
            event.event_id,
            agreement_id,
            shown_as,
            issue,
            NOTHING,
            None,
            None,
            decided_by,
        ),
    )
