"""The service directory over HTTP: read by anybody, and kept up to date by organisations.

What is asked says nothing about a person, so it is in the URL.
"""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import override

from deploy.directory.look_up import PAGE
from deploy.directory.marks import Capacity
from deploy.hub import Hub
from deploy.operations.directory import (
    find_listing,
    find_with_alternatives,
    search_directory,
    set_capacity,
)
from deploy.pages.service_fields import ShownListing, shown
from deploy.web.guard.callers import OPERATOR, Caller
from deploy.web.guard.closed_route import ClosedRoute, KnownCaller
from deploy.web.guard.declared_answers import OF_CLOSED_ROUTES, OF_OPEN_ROUTES, problem_answer
from deploy.web.guard.open_route import OpenRoute
from deploy.web.service_queries import ServiceQuery
from deploy.web.work import Work

_UNKNOWN: Final[dict[int | str, dict[str, Any]]] = {
    404: problem_answer("The directory has no such listing.")
}


class ServicesRoute(ClosedRoute):
    """A route for whoever may speak for some provider's services."""

    @override
    def demand(self, caller: Caller) -> None:
        caller.demand_services()


router = APIRouter(
    prefix="/v1/services", tags=["services"], route_class=OpenRoute, responses=OF_OPEN_ROUTES
)
closed_router = APIRouter(
    prefix="/v1/services",
    tags=["services"],
    route_class=ServicesRoute,
    responses=OF_CLOSED_ROUTES | _UNKNOWN,
)


class FoundServices(BaseModel):
    """A page of what fits a search; what is closed, full or stale comes last, with its marks."""

    total: Annotated[int, Field(description="How many fit, on all pages.")]
    page: int
    page_size: int
    services: list[ShownListing]


class DetailedListing(ShownListing):
    """A listing and, where it has a mark, what else would do."""

    alternatives: tuple[ShownListing, ...]


class CapacityBody(BaseModel):
    """Whether a service has room."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    listing: Annotated[UUID, Field(description="The listing's id.")]
    capacity: Capacity


@router.get("")
async def search(asked: Annotated[ServiceQuery, Query()], request: Request) -> FoundServices:
    """Search services and opportunities by need, borough, language, access and kind."""
    hub, work = _parts(request)
    found = await work.run(search_directory, hub, asked.search(), asked.page)
    return FoundServices(
        total=found.total,
        page=asked.page,
        page_size=PAGE,
        services=[shown(held) for held in found.listings],
    )


@router.get("/{listing_id}", responses=_UNKNOWN)
async def listing(listing_id: UUID, request: Request) -> DetailedListing:
    """Return all that the directory says of a service or opportunity."""
    hub, work = _parts(request)
    held, others = await work.run(find_with_alternatives, hub, str(listing_id))
    return DetailedListing(**dict(shown(held)), alternatives=tuple(map(shown, others)))


@closed_router.post("/capacity")
async def capacity(body: CapacityBody, request: Request, caller: KnownCaller) -> ShownListing:
    """Say whether a service has room; that confirms it for 90 days."""
    hub, work = _parts(request)
    held = await work.run(find_listing, hub, str(body.listing))
    caller.demand_services_of(held.provider_id)
    by = caller.organisation or OPERATOR
    return shown(await work.run(set_capacity, hub, held, body.capacity, by))


def _parts(request: Request) -> tuple[Hub, Work]:
    return request.app.state.hub, request.app.state.directory_work
