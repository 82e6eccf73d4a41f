"""A warning about referrals to a service that is closed, full or stale: never a refusal.

Every door that takes referrals notes them here, and asks when it is done.
"""

from collections import Counter
from dataclasses import dataclass, field

from deploy.directory.look_up import HeldListing, alternatives, of_services
from deploy.directory.marks import london_date
from deploy.hub import Hub
from producers.hub import EventPublisher
from schemas.events import Event, Referral, ReferralStage
from schemas.identifiers import ServiceId


@dataclass(frozen=True)
class ServiceWarning:
    """Why somebody should ask before they refer to a service, how many did, and where else to."""

    service_id: ServiceId
    referrals: int
    held: HeldListing
    alternatives: list[HeldListing]


@dataclass
class NotedReferrals:
    """The services that people are referred to, each with how many of them; of no person more."""

    by_service: Counter[ServiceId] = field(default_factory=Counter)

    def note(self, event: Event) -> None:
        """Note an event that asks a service to take somebody, and no other."""
        if isinstance(event, Referral) and event.participation.stage is ReferralStage.REQUESTED:
            self.by_service[event.participation.service_id] += 1

    def warnings(self, hub: Hub) -> list[ServiceWarning]:
        """Return a warning of each service whose listing has a mark; without a listing, none."""
        if not self.by_service:
            return []
        today = london_date(hub.clock())
        with hub.engine.connect() as connection:
            return [
                ServiceWarning(
                    held.service_id,
                    self.by_service[held.service_id],
                    held,
                    alternatives(connection, held, today),
                )
                for held in of_services(connection, list(self.by_service), today)
                if held.marks and held.service_id is not None
            ]


@dataclass(frozen=True)
class NotingPublisher:
    """Notes the referrals among the events that it passes on."""

    publisher: EventPublisher
    noted: NotedReferrals

    def publish(self, event: Event) -> object:
        """Pass an event on, and note it once it was sent."""
        sent = self.publisher.publish(event)
        self.noted.note(event)
        return sent

    def flush(self) -> object:
        """Wait until all events have arrived."""
        return self.publisher.flush()
