"""Consent over HTTP, for whoever has the token: asked for, given, refused, taken back, shown.

Everything is a POST: the passport number is in the body, and no answer is kept anywhere on its way.
"""

import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy import Connection
from sqlalchemy.exc import NoResultFound, OperationalError

from consent_ledger.agreements.in_force import read_terms
from consent_ledger.consent.access import openings
from consent_ledger.consent.remaining_access import open_without_consent
from consent_ledger.consent.standings import last_words, standings_of
from consent_ledger.ledger.enforcement import wait_until_enforced
from consent_ledger.register.register import person
from deploy.hub import Hub
from deploy.operations.consent_changes import Change, Outcome, carry_out, outcome_of
from deploy.pages.plain_english import opening_fields, still_open_fields
from deploy.web.api.consent_bodies import (
    Changed,
    EntryOf,
    Grant,
    Person,
    Request,
    Saying,
    Shown,
    Withdrawal,
)
from deploy.web.guard.bearer import require_token
from deploy.web.guard.problems import ProblemError
from schemas.errors import BusError

ASK_AGAIN: Final = "/consent/enforcement"
_EXPECTED: Final = (ProblemError, BusError, RequestValidationError, OperationalError)


class QuietRoute(APIRoute):
    """A route whose unexpected errors are logged by their class alone: a text may quote a value."""

    def get_route_handler(self) -> Callable[[HttpRequest], Coroutine[Any, Any, Response]]:
        """Return the handler."""
        handle = super().get_route_handler()

        async def handle_quietly(request: HttpRequest) -> Response:
            try:
                return await handle(request)
            except _EXPECTED:
                raise
            except Exception as error:  # noqa: BLE001 - answered
                log = logging.getLogger(__name__)
                log.error("%s: %s", self.path, type(error).__name__)  # noqa: TRY400 - as above
                raise ProblemError(500, "Something went wrong in the bus.") from None

        return handle_quietly


router = APIRouter(
    prefix="/consent",
    tags=["consent"],
    dependencies=[Depends(require_token)],
    route_class=QuietRoute,
    responses={
        202: {"model": Changed, "description": "Recorded, and not carried out in time."},
        401: {"description": "The request lacks the API's token."},
        404: {"description": "There is no such participant or agreement."},
        409: {"description": "The change cannot be made; nothing was changed."},
        410: {"description": "The participant was erased."},
    },
)


@router.post("/request")
def request_consent(said: Request, request: HttpRequest, response: Response) -> Changed:
    """Record that somebody was asked for consent. It opens nothing."""

    def change(hub: Hub, connection: Connection) -> int:
        return hub.consent.request(
            connection, said.number, said.agreement, said.categories, is_again=said.again
        )

    return _carry_out(request, response, said, change)


@router.post("/grant")
def grant(said: Grant, request: HttpRequest, response: Response) -> Changed:
    """Give consent to the categories that are named, and wait until the tray holds them."""

    def change(hub: Hub, connection: Connection) -> int:
        unknown = set(said.left_out or ()) - read_terms(connection).providers
        if unknown:
            raise ProblemError(404, "There is no such provider.")
        return hub.consent.grant(
            connection,
            said.number,
            said.agreement,
            said.categories,
            until=said.last_moment,
            excluded=said.left_out,
        )

    return _carry_out(request, response, said, change)


@router.post("/refuse")
def refuse(said: Saying, request: HttpRequest, response: Response) -> Changed:
    """Record that somebody said no. What they had granted is closed, too."""
    return _carry_out(
        request,
        response,
        said,
        lambda hub, connection: hub.consent.refuse(connection, said.number, said.agreement),
    )


@router.post("/withdraw")
def withdraw(said: Withdrawal, request: HttpRequest, response: Response) -> Changed:
    """Withdraw consent, all of it or some categories, and wait until nothing of it is left."""

    def change(hub: Hub, connection: Connection) -> int:
        return hub.consent.withdraw(connection, said.number, said.agreement, said.categories)

    return _carry_out(request, response, said, change)


@router.post("/inform")
def inform(said: Saying, request: HttpRequest, response: Response) -> Changed:
    """Record that somebody was told of an agreement that does not rest on consent."""
    return _carry_out(
        request,
        response,
        said,
        lambda hub, connection: hub.consent.inform(connection, said.number, said.agreement),
    )


@router.post("/object")
def object_to(said: Saying, request: HttpRequest, response: Response) -> Changed:
    """Pause what is shared on public task until the objection is reviewed."""
    return _carry_out(
        request,
        response,
        said,
        lambda hub, connection: hub.consent.object(connection, said.number, said.agreement),
    )


@router.post("/end-objection")
def end_objection(said: Saying, request: HttpRequest, response: Response) -> Changed:
    """Record that an objection was reviewed and did not hold, or was taken back."""
    return _carry_out(
        request,
        response,
        said,
        lambda hub, connection: hub.consent.end_objection(connection, said.number, said.agreement),
    )


@router.post("/enforcement")
def enforcement(about: EntryOf, request: HttpRequest, response: Response) -> Changed:
    """Tell whether a change that was recorded has been carried out in every tray by now."""
    hub: Hub = request.app.state.hub
    done = wait_until_enforced(hub.engine, about.entry, about.wait_seconds)
    try:
        found = outcome_of(hub, about.entry, done)
    except NoResultFound:
        raise ProblemError(404, "There is no change of permission with that entry.") from None
    return _answer(found, response)


@router.post("/show")
def show(about: Person, request: HttpRequest, response: Response) -> Shown:
    """Show what each organisation may see of a participant, on which basis and until when."""
    hub: Hub = request.app.state.hub
    response.headers["cache-control"] = "no-store"
    with hub.engine.connect() as connection:
        numbers = [one.participant_id for one in person(connection, about.number)]
        standings = standings_of(connection, numbers)
        last = {one: last_words(connection, one) for one in numbers}
        terms, now = read_terms(connection), hub.clock()
    found = []
    for number in numbers:
        held = standings.get(number, {})
        for one in openings(terms, held, now):
            agreement_id = one.agreement.id
            left = open_without_consent(terms, held, agreement_id, now)
            found.append(
                {"participant_id": number}
                | opening_fields(one, last[number].get(agreement_id))
                | {"without_consent": list(map(still_open_fields, left))}
            )
    return Shown(agreements=found)


def _carry_out(request: HttpRequest, response: Response, said: Saying, change: Change) -> Changed:
    hub: Hub = request.app.state.hub

    def checked(hub: Hub, connection: Connection) -> int:
        if said.agreement not in read_terms(connection).agreements:
            raise ProblemError(404, "There is no such agreement.")
        return change(hub, connection)

    return _answer(carry_out(hub, checked, said.wait_seconds), response)


def _answer(found: Outcome, response: Response) -> Changed:
    response.headers["cache-control"] = "no-store"
    changed = Changed.model_validate(found.fields())
    if found.done is None:
        response.status_code = 202
        changed.ask_again = ASK_AGAIN
    return changed
