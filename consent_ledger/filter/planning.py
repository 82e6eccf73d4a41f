"""What has to be written so that each tray holds what it should of an event, and nothing more."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from consent_ledger.decisions import NO_STANDING, Decision, Standing, decide
from consent_ledger.disclosures import Disclosed, NewDisclosure
from consent_ledger.filter.headers import record_headers, tombstone_headers
from consent_ledger.filter.records import OutRecord
from consent_ledger.project import Projection
from consent_ledger.terms import InForce, Terms
from consent_ledger.vault import Vault
from schemas.categories import NOTHING
from schemas.codec import WalkedEvent
from schemas.trays import out_tray, partition_of


class Delivery(NamedTuple):
    """A record to be written and the row that says so."""

    record: OutRecord
    disclosure: NewDisclosure


class Planner:
    """Plans deliveries under the terms in force, which it was built for."""

    def __init__(self, terms: Terms, pepper: bytes, vault: Vault, partitions: int) -> None:
        self._terms = terms
        self._for_everyone = terms.for_everyone
        self._vault = vault
        self._partitions = partitions
        self._projections = {
            agreement_id: Projection(one.agreement, pepper)
            for agreement_id, one in terms.agreements.items()
        }

    def plan(
        self,
        event: WalkedEvent,
        standings: Mapping[str, Standing],
        last: Mapping[str, Disclosed],
        now: datetime,
        only: Iterable[str] | None = None,
    ) -> list[Delivery]:
        """Return what to write of one event, compared with what was disclosed of it last.

        Considered are the agreements the person has standing in, those that reach everyone, and
        those the event was ever disclosed under; `only` narrows them. A value that stands already,
        under the same decision, is not sent again.
        """
        considered = self._for_everyone | standings.keys() | last.keys()
        if only is not None:
            considered = considered & frozenset(only)
        is_sensitive = self._terms.is_sensitive(event.service_id)
        deliveries = []
        for agreement_id in sorted(considered & self._projections.keys()):
            in_force = self._terms.agreements[agreement_id]
            decision = decide(
                in_force.agreement,
                in_force.seq,
                standings.get(agreement_id, NO_STANDING),
                event.provider_id,
                event.schema.event,
                is_sensitive=is_sensitive,
                now=now,
            )
            delivery = self._deliver(event, in_force, decision, last.get(agreement_id))
            if delivery is not None:
                deliveries.append(delivery)
        return deliveries

    def _deliver(
        self, event: WalkedEvent, in_force: InForce, decision: Decision, last: Disclosed | None
    ) -> Delivery | None:
        agreement_id = in_force.agreement.id
        projection = self._projections[agreement_id]
        if decision.mask == NOTHING:
            if last is None or (last.mask == NOTHING and last.is_confirmed):
                return None
            value, digest = None, None
        else:
            value = projection.value(event, decision.mask)
            digest = self._vault.digest(value)
            if last is not None and last.is_confirmed and last[:2] == (decision.mask, digest):
                return None
        issue = last.issue + 1 if last else 1
        _, event_id = projection.names(event)
        if value is None:
            headers = tombstone_headers(agreement_id, event_id, issue, decision.seq)
        else:
            headers = record_headers(
                agreement_id,
                event_id,
                issue,
                decision,
                event=event.schema.event,
                occurred_at_ms=projection.occurred_at_ms(event),
            )
        return Delivery(
            OutRecord(
                out_tray(agreement_id),
                partition_of(event.participant_id, self._partitions),
                projection.key(event),
                value,
                headers,
            ),
            NewDisclosure(
                event.participant_id,
                event.event_id,
                agreement_id,
                issue,
                decision.mask,
                digest,
                decision.seq,
            ),
        )
