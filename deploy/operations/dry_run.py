"""A dry run: which recipient would get how much of events that are not published yet."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection

from consent_ledger.agreements.in_force import read_agreements
from consent_ledger.consent.decisions import NO_STANDING, Standing, decide
from consent_ledger.consent.standings import standings_of
from consent_ledger.ledger.clock import Clock
from schemas.categories import BLOCKS, Category, Mask
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

    def add(self, event: Event, mask: Mask) -> None:
        """Count an event, of which the recipient would get these categories."""
        self.records += 1
        self.categories.update(
            block
            for block in BLOCKS
            if mask & block.bit and getattr(event, block.value) is not None
        )


class DryRun:
    """Decides about events as the filter would at this moment, and delivers nothing.

    A person who is not registered yet has no standing, and gets what agreements for everyone allow.
    `unseen` counts the events that nobody would get about a person whom they know.
    """

    def __init__(self, connection: Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._terms = read_agreements(connection)
        self._participant_id = ""
        self.unseen = 0
        self._standings: dict[AgreementId, Standing] = {}
        self._reaches = {
            agreement_id: Reach(agreement_id, version.agreement.recipient_name)
            for agreement_id, version in sorted(self._terms.agreements.items())
        }

    def take(self, event: Event) -> list[AgreementId]:
        """Decide about an event; return the agreements under which somebody would see it."""
        # a learner's aims come one after another, so the last person's standings are kept
        if self._participant_id != event.participant_id:
            self._participant_id = event.participant_id
            self._standings = standings_of(self._connection, [event.participant_id]).get(
                event.participant_id, {}
            )
        seen = []
        for agreement_id, reach in self._reaches.items():
            standing = self._standings.get(agreement_id, NO_STANDING)
            if mask := self._mask(agreement_id, standing, event):
                reach.add(event, mask)
                seen.append(agreement_id)
            elif standing == NO_STANDING:
                consent = self._terms.agreements[agreement_id].agreement.consent_mask
                said_yes = Standing(granted=consent, is_informed=True)
                reach.to_ask += bool(self._mask(agreement_id, said_yes, event))
        agreements = self._terms.agreements
        self.unseen += all(agreements[id_].agreement.pseudonymous for id_ in seen)
        return seen

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
