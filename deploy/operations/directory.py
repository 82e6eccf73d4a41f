"""The service directory, as the hub's people and organisations keep it: imported, joined, said."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from consent_ledger.agreements.in_force import read_agreements
from deploy.directory.capacity import say_capacity
from deploy.directory.joining import join_to_service, remove_listing
from deploy.directory.keeping import KeptListings, keep
from deploy.directory.links import listing_of_link, make_link, use_link
from deploy.directory.look_up import (
    Choices,
    FoundListings,
    HeldListing,
    ServiceSearch,
    all_listings,
    alternatives,
    choices,
    find,
    of_services,
    search,
    stale_listings,
)
from deploy.directory.marks import Capacity, london_date
from deploy.directory.oruk import OrukFile, read_oruk
from deploy.hub import Hub
from deploy.operations.organisations import demand_not_removed
from schemas.errors import BusError
from schemas.identifiers import ProviderId, ServiceId, is_service_id

_LINK_IS_GONE: Final = (
    "It was used, has run out, or a newer one was sent. Ask the hub for a new one."
)


class DirectoryError(BusError):
    """Something that cannot be done in the directory as asked. Nothing was changed."""


class UnknownListingError(DirectoryError):
    """A listing, or a link to one, that the directory does not have.

    `for_people` is what somebody who looks at a page can do about it.
    """

    def __init__(self, message: str, hint: str, for_people: str) -> None:
        super().__init__(message, hint)
        self.for_people = for_people


@dataclass(frozen=True)
class ServicesImport:
    """What a file of services held, and what became of it."""

    read: OrukFile
    kept: KeptListings


@dataclass(frozen=True)
class ConfirmationRequest:
    """A listing that its organisation is asked to confirm, and the address that does it."""

    held: HeldListing
    address: str


def import_services(
    hub: Hub, provider_id: ProviderId, content: bytes, *, is_dry_run: bool
) -> ServicesImport:
    """Take a file of a provider's services into the directory; a dry run takes it back at its end.

    Nothing of it counts at the filter: a service is there once the file of services marks it.
    Raises OrukError where the file is none, DirectoryError where the provider is not on the bus,
    OrganisationError where it was removed.
    """
    demand_not_removed(hub.settings.home, provider_id)
    read = read_oruk(content, london_date(hub.clock()))
    with hub.engine.connect() as connection:
        if provider_id not in read_agreements(connection).providers:
            raise DirectoryError(
                f"There is no provider {provider_id}.", "`nwd organisation list` has them."
            )
        kept = keep(connection, provider_id, read.listings.values())
        if not is_dry_run:
            connection.commit()
    return ServicesImport(read, kept)


def every_listing(hub: Hub) -> list[HeldListing]:
    """Return all that the directory holds, by provider and name."""
    with hub.engine.connect() as connection:
        return all_listings(connection, london_date(hub.clock()))


def search_directory(hub: Hub, wanted: ServiceSearch, page: int) -> FoundListings:
    """Return a page of the listings that fit a search; what is marked comes last."""
    with hub.engine.connect() as connection:
        return search(connection, wanted, london_date(hub.clock()), page)


def find_listing(hub: Hub, name: str) -> HeldListing:
    """Return the listing of that id, or of that service of the bus; else UnknownListingError."""
    with hub.engine.connect() as connection:
        return _find(hub, connection, name)


def find_with_alternatives(hub: Hub, name: str) -> tuple[HeldListing, list[HeldListing]]:
    """Return a listing and, where it has a mark, what else would do; else UnknownListingError."""
    with hub.engine.connect() as connection:
        held = _find(hub, connection, name)
        today = london_date(hub.clock())
        return held, alternatives(connection, held, today) if held.marks else []


def name_choices(hub: Hub) -> Choices:
    """Return the areas and languages that listings name."""
    with hub.engine.connect() as connection:
        return choices(connection)


def join_listing(hub: Hub, name: str, service_id: ServiceId) -> HeldListing:
    """Say which of the bus's services a listing describes, and return it.

    Raises DirectoryError where the register has no such service, or it is another provider's.
    """
    with hub.engine.begin() as connection:
        held = _find(hub, connection, name)
        if service_id not in read_agreements(connection).services:
            raise DirectoryError(
                f"The bus has no service {service_id}.",
                "Put it in the file of services, with whether it is sensitive, and run `nwd init`:"
                " nobody is told of a service that is not there.",
            )
        if service_id.partition(".")[0] != held.provider_id:
            raise DirectoryError(
                f"{service_id} is not a service of {held.provider_id}, whose listing it is."
            )
        join_to_service(connection, held.listing.id, service_id)
        return _find(hub, connection, str(held.listing.id))


def remove_from_directory(hub: Hub, name: str) -> HeldListing:
    """Take a listing out of the directory, and return what it was."""
    with hub.engine.begin() as connection:
        held = _find(hub, connection, name)
        remove_listing(connection, held.listing.id)
    return held


def set_capacity(hub: Hub, held: HeldListing, capacity: Capacity, by: str) -> HeldListing:
    """Say whether a listing has room, and return it as it stands then."""
    with hub.engine.begin() as connection:
        return _say(hub, connection, held.listing.id, capacity, by)


def ask_to_confirm(hub: Hub) -> list[ConfirmationRequest]:
    """Make a link for each listing that is stale and not closed; links of before open no more."""
    now = hub.clock()
    site = hub.settings.web_address.rstrip("/")
    with hub.engine.begin() as connection:
        return [
            ConfirmationRequest(
                held, f"{site}/services/confirm/{make_link(connection, held.listing.id, now)}"
            )
            for held in stale_listings(connection, london_date(now))
        ]


def listing_to_confirm(hub: Hub, token: str) -> HeldListing:
    """Return what a link confirms, and change nothing; UnknownListingError where it opens none."""
    now = hub.clock()
    with hub.engine.connect() as connection:
        return _opened(hub, connection, listing_of_link(connection, token, now))


def confirm(hub: Hub, token: str, capacity: Capacity) -> HeldListing:
    """Confirm the listing of a link by what room it has; the link opens nothing from then on."""
    with hub.engine.begin() as connection:
        held = _opened(hub, connection, use_link(connection, token, hub.clock()))
        return _say(hub, connection, held.listing.id, capacity, by=held.provider_id)


def _find(hub: Hub, connection: Connection, name: str) -> HeldListing:
    today = london_date(hub.clock())
    if is_service_id(name):
        held = next(iter(of_services(connection, [ServiceId(name)], today)), None)
    else:
        listing_id = _uuid(name)
        held = find(connection, listing_id, today) if listing_id else None
    if held is None:
        raise UnknownListingError(
            "The directory has no such listing.",
            "It is named by its id, or by the bus's service that it describes.",
            "It may have been taken away. You can search for another one.",
        )
    return held


def _uuid(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _say(
    hub: Hub, connection: Connection, listing_id: UUID, capacity: Capacity, by: str
) -> HeldListing:
    say_capacity(connection, listing_id, capacity, london_date(hub.clock()), by)
    return _find(hub, connection, str(listing_id))


def _opened(hub: Hub, connection: Connection, listing_id: UUID | None) -> HeldListing:
    if listing_id is None:
        raise UnknownListingError(
            "This link does not open anything.",
            _LINK_IS_GONE,
            _LINK_IS_GONE,
        )
    return _find(hub, connection, str(listing_id))
