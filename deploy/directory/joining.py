"""Which of the bus's services a listing describes, said by hand; and listings that go."""

from uuid import UUID

from sqlalchemy import Connection, delete, update

from deploy.directory.tables import listing
from schemas.identifiers import ProviderId, ServiceId


def join_to_service(connection: Connection, listing_id: UUID, service_id: ServiceId) -> None:
    """Say that a listing describes a service; another one that did describes none from then on."""
    connection.execute(
        update(listing).where(listing.c.service_id == service_id).values(service_id=None)
    )
    connection.execute(
        update(listing).where(listing.c.listing_id == listing_id).values(service_id=service_id)
    )


def remove_listing(connection: Connection, listing_id: UUID) -> None:
    """Take a listing out of the directory, with its link."""
    connection.execute(delete(listing).where(listing.c.listing_id == listing_id))


def remove_listings_of(connection: Connection, provider_id: ProviderId) -> None:
    """Take all listings of a provider out of the directory: nobody keeps them up to date."""
    connection.execute(delete(listing).where(listing.c.provider_id == provider_id))
