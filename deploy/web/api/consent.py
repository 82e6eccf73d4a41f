"""Consent over HTTP, with the token: asked for, given, refused, taken back, shown.

Everything is a POST: the passport number is in the body, and no answer is kept anywhere on its way.
"""

import logging
from collections.abc import Callable, Coroutine, Mapping
from inspect import getdoc
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi import Request as HttpRequest
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import create_model
from sqlalchemy.exc import NoResultFound, OperationalError

from consent_ledger.consent.changes import (
    ConsentChange,
    Grant,
    Narrowing,
    Notice,
    Objection,
    ObjectionEnd,
    Refusal,
    Renewal,
    Request,
    Withdrawal,
)
from consent_ledger.ledger.enforcement import wait_until_enforced
from deploy.hub import Hub
from deploy.operations.access import access_of
from deploy.operations.consent_changes import ChangeResult, enter_change, result_of
from deploy.pages.consent_fields import access_fields, change_fields
from deploy.web.api.consent_bodies import (
    Changed,
    EntryOf,
    PersonBody,
    Shown,
    WaitOption,
    WithdrawalBody,
)
from deploy.web.guard.bearer import require_token
from deploy.web.guard.problems import ProblemError
from schemas.errors import BusError

ASK_AGAIN: Final = "/consent/enforcement"
_EXPECTED: Final = (ProblemError, BusError, RequestValidationError, OperationalError)


class QuietRoute(APIRoute):
    """A route whose unexpected errors are logged by their class only: a text may quote a value."""

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


_ENTERED: Final[Mapping[str, type[ConsentChange]]] = {
    "request": Request,
    "grant": Grant,
    "renew": Renewal,
    "refuse": Refusal,
    "inform": Notice,
    "object": Objection,
    "end-objection": ObjectionEnd,
}
"""The changes that are entered as they are sent, by the last part of their path."""


def _enters(change: type[ConsentChange]) -> Callable[..., Changed]:
    """Return the handler of a change; its body is the change, and how long to wait for it."""

    def enter(body: Any, entering: _Enter) -> Changed:
        return entering.enter(body, body.wait_seconds)

    # FastAPI reads the body's model from the annotation
    enter.__annotations__["body"] = create_model(
        f"{change.__name__}Body", __base__=(change, WaitOption), __doc__=getdoc(change)
    )
    return enter


for _name, _change in _ENTERED.items():
    router.post(f"/{_name}", name=_name.replace("-", "_"), description=getdoc(_change))(
        _enters(_change)
    )


@router.post("/withdraw")
def withdraw(body: WithdrawalBody, entering: _Enter) -> Changed:
    """Withdraw consent, all of it or some categories, and wait until nothing of it is left."""
    change = (
        Narrowing(number=body.number, agreement=body.agreement, categories=body.categories)
        if body.categories is not None
        else Withdrawal(number=body.number, agreement=body.agreement)
    )
    return entering.enter(change, body.wait_seconds)


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
