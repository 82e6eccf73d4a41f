"""A warning about a referral to a service that is closed, full or stale: never a refusal.

Every door that takes referrals asks this of the services that they name.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from deploy.directory.look_up import HeldListing, alternatives, of_services
from deploy.directory.marks import london_date
from deploy.hub import Hub
from schemas.events import Event, Referral, ReferralStage
from schemas.identifiers import ServiceId


@dataclass(frozen=True)
class ServiceWarning:
    """Why somebody should ask before they refer to a service, and where else they could."""

    service_id: ServiceId
    held: HeldListing
    alternatives: list[HeldListing]


def referred_to(event: Event) -> ServiceId | None:
    """Return the service that an event asks to take somebody; None where it asks none."""
    if not isinstance(event, Referral) or event.participation is None:
        return None
    asked = event.participation
    return asked.service_id if asked.stage is ReferralStage.REQUESTED else None


def warnings_about(hub: Hub, service_ids: Iterable[ServiceId]) -> list[ServiceWarning]:
    """Return a warning of each service whose listing has a mark; of one without a listing, none."""
    today = london_date(hub.clock())
    with hub.engine.connect() as connection:
        return [
            ServiceWarning(held.service_id, held, alternatives(connection, held, today))
            for held in of_services(connection, set(service_ids), today)
            if held.marks and held.service_id is not None
        ]
