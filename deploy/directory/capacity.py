"""Whether a service has room: said by its organisation, with the day on which it was said."""

from datetime import date
from uuid import UUID

from sqlalchemy import Connection, update

from deploy.directory.marks import Capacity
from deploy.directory.tables import listing


def say_capacity(
    connection: Connection, listing_id: UUID, capacity: Capacity, today: date, by: str
) -> None:
    """Write down whether a listing has room; that confirms it until it is stale again."""
    connection.execute(
        update(listing)
        .where(listing.c.listing_id == listing_id)
        .values(capacity=capacity, capacity_on=today, capacity_by=by)
    )
