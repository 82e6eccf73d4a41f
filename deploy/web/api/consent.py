"""Consent over HTTP, with the token: asked for, given, refused, taken back, shown.

Everything is a POST: the passport number is in the body, and no answer is kept anywhere on its way.
"""

import logging
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import NoResultFound, OperationalError

from consent_ledger.consent.changes import ConsentChange, Narrowing, Withdrawal
from consent_ledger.ledger.enforcement import wait_until_enforced
from deploy.hub import Hub
from deploy.operations.access import access_of
from deploy.operations.consent_changes import ChangeResult, enter_change, result_of
from deploy.pages.consent_fields import access_fields, change_fields
from deploy.web.api.consent_bodies import (
    Changed,
    EntryOf,
    GrantBody,
    NoticeBody,
    ObjectionBody,
    ObjectionEndBody,
    PersonBody,
    RefusalBody,
    RenewalBody,
    RequestBody,
    Shown,
    WithdrawalBody,
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


class _Entering:
    """Enters a change, and answers with both its times, or 202 where it is not carried out yet."""

    def __init__(self, request: HttpRequest, response: Response) -> None:
        self.hub: Hub = request.app.state.hub
        self._response = response
        response.headers["cache-control"] = "no-store"

    def enter(self, change: ConsentChange, wait_seconds: float) -> Changed:
        return self.answer(enter_change(self.hub, change, wait_seconds))

    def answer(self, result: ChangeResult) -> Changed:
        changed = Changed.model_validate(change_fields(result))
        if result.done is None:
            self._response.status_code = 202
            changed.ask_again = ASK_AGAIN
        return changed


_Enter = Annotated[_Entering, Depends()]


@router.post("/request")
def request_consent(body: RequestBody, entering: _Enter) -> Changed:
    """Record that a participant was asked for consent. It opens nothing."""
    return entering.enter(body, body.wait_seconds)


@router.post("/grant")
def grant(body: GrantBody, entering: _Enter) -> Changed:
    """Give consent to the categories that are named, and wait until the tray holds them."""
    return entering.enter(body, body.wait_seconds)


@router.post("/renew")
def renew(body: RenewalBody, entering: _Enter) -> Changed:
    """Renew what was granted, until another day or without an end."""
    return entering.enter(body, body.wait_seconds)


@router.post("/refuse")
def refuse(body: RefusalBody, entering: _Enter) -> Changed:
    """Record that a participant said no. What they had granted is closed, too."""
    return entering.enter(body, body.wait_seconds)


@router.post("/withdraw")
def withdraw(body: WithdrawalBody, entering: _Enter) -> Changed:
    """Withdraw consent, all of it or some categories, and wait until nothing of it is left."""
    change = (
        Narrowing(number=body.number, agreement=body.agreement, categories=body.categories)
        if body.categories is not None
        else Withdrawal(number=body.number, agreement=body.agreement)
    )
    return entering.enter(change, body.wait_seconds)


@router.post("/inform")
def inform(body: NoticeBody, entering: _Enter) -> Changed:
    """Record that a participant was informed of an agreement that does not rest on consent."""
    return entering.enter(body, body.wait_seconds)


@router.post("/object")
def object_to(body: ObjectionBody, entering: _Enter) -> Changed:
    """Pause what is shared on public task until the objection is reviewed."""
    return entering.enter(body, body.wait_seconds)


@router.post("/end-objection")
def end_objection(body: ObjectionEndBody, entering: _Enter) -> Changed:
    """Record that an objection was reviewed and did not hold, or was taken back."""
    return entering.enter(body, body.wait_seconds)


@router.post("/enforcement")
def enforcement(about: EntryOf, entering: _Enter) -> Changed:
    """Return whether a change that was recorded has been carried out in every tray by now."""
    done = wait_until_enforced(entering.hub.engine, about.entry, about.wait_seconds)
    try:
        return entering.answer(result_of(entering.hub, about.entry, done))
    except NoResultFound:
        raise ProblemError(404, "There is no consent change with that entry.") from None


@router.post("/show")
def show(about: PersonBody, entering: _Enter) -> Shown:
    """Show what each organisation may see of a participant, on which basis and until when."""
    return Shown(agreements=list(map(access_fields, access_of(entering.hub, about.number))))
