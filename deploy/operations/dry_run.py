"""A dry run: which recipient would get how much of events that are not published yet."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import Connection

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.decisions import NO_STANDING, Standing, decide
from consent_ledger.consent.standings import standings_of
from consent_ledger.ledger.clock import Clock
from schemas.categories import BLOCKS, Category, Mask, mask_of
from schemas.events import Event, event_type
from schemas.identifiers import AgreementId


@dataclass
class Reach:
    """What an agreement would deliver: records, and for each category how many of them hold it.

    `to_ask` counts the records more that it would deliver if their people were asked, and said yes:
    of those who have never been.
    """

    agreement_id: AgreementId
    recipient_name: str
    records: int = 0
    to_ask: int = 0
    categories: Counter[Category] = field(default_factory=Counter)

    def add(self, mask: Mask) -> None:
        """Count an event, of which the recipient would get these categories."""
        self.records += 1
        self.categories.update(block for block in BLOCKS if mask & block.bit)


class EventReach(NamedTuple):
    """Which categories each recipient would get of an event, by agreement; of those it holds.

    `to_ask` has those that recipients would get in addition if the person, who has never been asked
    about their agreement, were asked and said yes.
    """

    seen: Mapping[AgreementId, Mask]
    to_ask: Mapping[AgreementId, Mask]


def reach_fields(reach: Reach) -> dict[str, Any]:
    """Return for JSON what one agreement would deliver."""
    return {
        "agreement": reach.agreement_id,
        "recipient": reach.recipient_name,
        "records": reach.records,
        "records_if_asked": reach.to_ask,
        "categories": {category.value: count for category, count in reach.categories.items()},
    }


class DryRun:
    """Decides about events as the filter would at this moment, and delivers nothing.

    A person who is not registered yet has no standing, and gets what agreements for everyone allow.
    `unseen` counts the events that nobody would get about a person whom they know; `recipients`
    are names by agreement, and `figures` the agreements whose recipients see pseudonyms.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._terms = read_agreements(connection)
        self._participant_id = ""
        self.recipients = {
            agreement_id: version.agreement.recipient_name
            for agreement_id, version in sorted(self._terms.agreements.items())
        }
        self.figures = frozenset(
            agreement_id
            for agreement_id, version in self._terms.agreements.items()
            if version.agreement.pseudonymous
        )
        self.unseen = 0
        self._standings: dict[AgreementId, Standing] = {}
        self._reaches = {
            agreement_id: Reach(agreement_id, name)
            for agreement_id, name in self.recipients.items()
        }

    def take(self, event: Event) -> EventReach:
        """Decide about an event; return who would see what of it, now and once asked."""
        # a learner's aims come one after another, so the last person's standings are kept
        if self._participant_id != event.participant_id:
            self._participant_id = event.participant_id
            self._standings = standings_of(self._connection, [event.participant_id]).get(
                event.participant_id, {}
            )
        held = mask_of(block for block in BLOCKS if getattr(event, block.value) is not None)
        seen: dict[AgreementId, Mask] = {}
        to_ask: dict[AgreementId, Mask] = {}
        for agreement_id, reach in self._reaches.items():
            standing = self._standings.get(agreement_id, NO_STANDING)
            if mask := self._mask(agreement_id, standing, event):
                seen[agreement_id] = Mask(mask & held)
                reach.add(seen[agreement_id])
            elif standing == NO_STANDING:
                consent = self._terms.agreements[agreement_id].agreement.consent_mask
                said_yes = Standing(granted=consent, is_informed=True)
                if mask := self._mask(agreement_id, said_yes, event):
                    to_ask[agreement_id] = Mask(mask & held)
                    reach.to_ask += 1
        self.unseen += seen.keys() <= self.figures
        return EventReach(seen, to_ask)

    def _mask(self, agreement_id: AgreementId, standing: Standing, event: Event) -> Mask:
        in_force = self._terms.agreements[agreement_id]
        return decide(
            in_force.agreement,
            in_force.seq,
            standing,
            event.provider_id,
            event_type(event),
            is_sensitive=self._terms.is_sensitive(event.participation.service_id),
            now=self._clock(),
        ).mask

    def reaches(self) -> list[Reach]:
        """Return what each agreement would deliver, also if that is nothing."""
        return list(self._reaches.values())
