"""A listing as programs get it: over HTTP, and from `nwd services --json`."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from deploy.directory.listing import Listing
from deploy.directory.look_up import HeldListing
from deploy.directory.marks import Capacity, ListingMark
from deploy.operations.service_warnings import ServiceWarning


class ShownListing(Listing):
    """What the directory says of a service or opportunity, and how far that holds."""

    provider: Annotated[str, Field(description="Whose file it comes from.")]
    service: Annotated[str | None, Field(description="The bus's service that it describes.")]
    capacity: Annotated[Capacity | None, Field(description="Whether there is room.")]
    confirmed_on: Annotated[date | None, Field(description="When its organisation last said so.")]
    marks: Annotated[
        tuple[ListingMark, ...], Field(description="Why to ask first: stale, full or closed.")
    ]


def shown(held: HeldListing) -> ShownListing:
    """Return a listing as programs get it."""
    return ShownListing(
        **dict(held.listing),
        provider=held.provider_id,
        service=held.service_id,
        capacity=held.capacity,
        confirmed_on=held.confirmed_on,
        marks=held.marks,
    )


def warning_fields(warning: ServiceWarning) -> dict[str, Any]:
    """Return a warning for JSON."""
    return {
        "service": warning.service_id,
        "referrals": warning.referrals,
        "marks": list(warning.held.marks),
        "alternatives": [
            shown(other).model_dump(mode="json", include={"id", "name", "organisation", "service"})
            for other in warning.alternatives
        ],
    }
