"""A sweep: what is more than fits into one turn is decided about again in portions.

Between two of them the shard takes events and carries out what single people said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, NamedTuple, Self

from consent_ledger.ledger.enforcement import Cost
from schemas.identifiers import AgreementId, EventId, LedgerIndex, PassportNumber, ServiceId


class Reached(NamedTuple):
    """How far a sweep has come: everybody up to a person, or one's events up to one of them."""

    participant_id: PassportNumber
    event_id: EventId | None = None


BEGINNING: Final = Reached(PassportNumber(""))
"""Before everybody, and before every event of one's."""


class Part(NamedTuple):
    """Events of one person, by their ids: those behind `after`, up to `upto`; None is no bound."""

    after: EventId | None
    upto: EventId | None

    def holds(self, event_id: EventId) -> bool:
        """Return whether an event is among them."""
        is_behind = self.after is None or event_id > self.after
        return is_behind and (self.upto is None or event_id <= self.upto)


ALL_EVENTS: Final = Part(None, None)


@dataclass(frozen=True)
class Sweep:
    """What is to be decided about again in portions, since it is more than fits into one turn.

    Of one person, under these agreements, None for all; or of everybody, because these agreements
    have changed, or services, or both. A release gives trays what waits for a batch that is due.
    `seqs` are the entries that are enforced when it has come to its end. Before it began the shard
    had decided for moments from `since` to `until`. `after` is how far it has come, None once it
    has come to its end, and `cost` what it has cost so far. `shard_id` is the shard that came past
    its entries: whoever has its person's partition later goes on with it.
    """

    shard_id: int
    since: datetime
    until: datetime
    seqs: tuple[LedgerIndex, ...] = ()
    participant_id: PassportNumber | None = None
    agreement_ids: frozenset[AgreementId] | None = None
    service_ids: frozenset[ServiceId] | None = None
    is_release: bool = False
    sweep_id: int = 0
    after: Reached | None = BEGINNING
    cost: Mapping[AgreementId, Cost] = field(default_factory=dict)

    @property
    def scope(self) -> frozenset[AgreementId] | None:
        """Under which agreements it decides, None is all: a service may matter to each."""
        return None if self.service_ids else self.agreement_ids

    def is_to_come_to(
        self, participant_id: PassportNumber, event_id: EventId, service_id: ServiceId
    ) -> bool:
        """Return whether it has still to decide about an event that the journal has."""
        if self.is_release or self.after is None:
            return False
        if self.participant_id is not None:
            return participant_id == self.participant_id and (
                self.after.event_id is None or event_id > self.after.event_id
            )
        if not self.agreement_ids and service_id not in (self.service_ids or ()):
            return False
        at, of_one = self.after
        return participant_id > at or (
            participant_id == at and of_one is not None and event_id > of_one
        )

    def gone_on(self, after: Reached | None, cost: Mapping[AgreementId, Cost]) -> Self:
        """Return it with another portion done, at that cost."""
        both = dict(self.cost)
        for agreement_id, added in cost.items():
            both[agreement_id] = both.get(agreement_id, Cost()).plus(added)
        return replace(self, after=after, cost=both)
