"""The service directory's pages: a search, a listing, and the link by which one is confirmed.

They are for people, so OpenAPI does not list them, and what is wrong is said on a page.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from deploy.directory.marks import Capacity
from deploy.hub import Hub
from deploy.operations.directory import (
    UnknownListingError,
    confirm,
    find_with_alternatives,
    listing_to_confirm,
    name_choices,
    search_directory,
)
from deploy.pages.confirmation import confirmation_page
from deploy.pages.notice import notice_page
from deploy.pages.service import service_page
from deploy.pages.service_list import SearchForm, service_list_page
from deploy.web.guard.bounded_request import BoundedRequest
from deploy.web.guard.open_route import OpenRoute
from deploy.web.service_queries import PageQuery
from deploy.web.work import Work

MOST_FORM_BYTES = 1024

router = APIRouter(
    prefix="/services",
    route_class=OpenRoute,
    default_response_class=HTMLResponse,
    include_in_schema=False,
)


@router.get("")
async def search(asked: Annotated[PageQuery, Query()], request: Request) -> HTMLResponse:
    """Show the search, and what fits it."""
    hub, work = _parts(request)
    found = await work.run(search_directory, hub, asked.search(), asked.page)
    choices = await work.run(name_choices, hub)
    form = SearchForm(asked.search(), asked.page, choices)
    return HTMLResponse(service_list_page(form, found, hub.clock()))


@router.get("/confirm/{token}")
async def show_confirmation(token: str, request: Request) -> HTMLResponse:
    """Show what a link confirms. It changes nothing: what reads mail opens links, too."""
    hub, work = _parts(request)
    try:
        held = await work.run(listing_to_confirm, hub, token)
    except UnknownListingError as error:
        return _not_found(error, hub)
    return HTMLResponse(confirmation_page(held, hub.clock()))


@router.post("/confirm/{token}")
async def confirm_by_link(token: str, request: Request) -> HTMLResponse:
    """Confirm the listing of a link, by what room it has."""
    hub, work = _parts(request)
    fields = await BoundedRequest(request.scope, request.receive, MOST_FORM_BYTES).read_form()
    try:
        held = await work.run(listing_to_confirm, hub, token)
        if fields.get("capacity") not in list(Capacity):
            page = confirmation_page(held, hub.clock(), is_unanswered=True)
            return HTMLResponse(page, status_code=422)
        held = await work.run(confirm, hub, token, Capacity(fields["capacity"]))
    except UnknownListingError as error:
        return _not_found(error, hub)
    return HTMLResponse(
        notice_page(
            "Thank you",
            f"You have confirmed {held.listing.name}. This link does not work any more: you will"
            " be sent a new one when we ask again.",
            hub.clock(),
        )
    )


@router.get("/{listing_id}")
async def show(listing_id: UUID, request: Request) -> HTMLResponse:
    """Show a service or opportunity and, where it has a mark, what else would do."""
    hub, work = _parts(request)
    try:
        held, others = await work.run(find_with_alternatives, hub, str(listing_id))
    except UnknownListingError as error:
        return _not_found(error, hub)
    return HTMLResponse(service_page(held, others, hub.clock()))


def _not_found(error: UnknownListingError, hub: Hub) -> HTMLResponse:
    return HTMLResponse(notice_page(error.message, error.for_people, hub.clock()), status_code=404)


def _parts(request: Request) -> tuple[Hub, Work]:
    return request.app.state.hub, request.app.state.directory_work
