"""Consent over HTTP, with a credential: asked for, given, refused, taken back, shown.

Everything is a POST: the passport number is in the body, and no answer is kept anywhere on its way.
"""

from collections.abc import Callable, Coroutine, Mapping
from inspect import getdoc
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Response
from fastapi import Request as HttpRequest
from pydantic import create_model
from typing_extensions import override

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
from consent_ledger.ledger.enforcement import is_change
from deploy.hub import Hub
from deploy.operations.access import access_of
from deploy.operations.consent_changes import record_change, result_of
from deploy.pages.consent_fields import access_fields, change_fields
from deploy.web.api.consent_bodies import (
    Changed,
    EntryOf,
    PersonBody,
    Shown,
    WaitOption,
    WithdrawalBody,
)
from deploy.web.enforcement_watch import EnforcementWatch
from deploy.web.guard.callers import Caller
from deploy.web.guard.closed_route import ClosedRoute, KnownCaller
from deploy.web.guard.declared_answers import OF_CLOSED_ROUTES, problem_answer
from deploy.web.guard.problems import ProblemError
from deploy.web.work import Work
from schemas.identifiers import LedgerIndex

ASK_AGAIN: Final = "/consent/enforcement"


class ConsentRoute(ClosedRoute):
    """A route for whoever may capture consent for some agreement."""

    @override
    def demand(self, caller: Caller) -> None:
        caller.demand_capture()


router = APIRouter(
    prefix="/consent",
    tags=["consent"],
    route_class=ConsentRoute,
    responses={
        202: {"model": Changed, "description": "Recorded, and not carried out in time."},
        404: problem_answer("There is no such participant or agreement."),
        409: problem_answer("The change cannot be made; nothing was changed."),
        **OF_CLOSED_ROUTES,
    },
)


class _Entering:
    """Enters a change, and answers with both its times, or 202 where it is not carried out yet."""

    def __init__(self, request: HttpRequest, response: Response, caller: Caller) -> None:
        self.hub: Hub = request.app.state.hub
        self.work: Work = request.app.state.work
        self.watch: EnforcementWatch = request.app.state.watch
        self.caller = caller
        self._response = response

    async def enter(self, change: ConsentChange, wait_seconds: float) -> Changed:
        self.caller.demand_capture_for(change.agreement)
        if isinstance(change, ObjectionEnd):
            self.caller.demand_operator()
        entry = await self.work.run(record_change, self.hub, change, self.caller.organisation)
        return await self.answer(entry, wait_seconds)

    async def answer(self, entry: LedgerIndex, wait_seconds: float) -> Changed:
        done = await self.watch.wait(entry, wait_seconds)
        result = await self.work.run(result_of, self.hub, entry, done)
        changed = Changed.model_validate(change_fields(result))
        if result.done is None:
            self._response.status_code = 202
            changed.ask_again = ASK_AGAIN
        return changed


async def _entering(request: HttpRequest, response: Response, caller: KnownCaller) -> _Entering:
    return _Entering(request, response, caller)


_Enter = Annotated[_Entering, Depends(_entering)]


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


def _enters(change: type[ConsentChange]) -> Callable[..., Coroutine[Any, Any, Changed]]:
    """Return the handler of a change; its body is the change, and how long to wait for it."""

    async def enter(body: Any, entering: _Enter) -> Changed:
        return await entering.enter(body, body.wait_seconds)

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
async def withdraw(body: WithdrawalBody, entering: _Enter) -> Changed:
    """Withdraw consent, all of it or some categories, and wait until nothing of it is left."""
    change = (
        Narrowing(number=body.number, agreement=body.agreement, categories=body.categories)
        if body.categories is not None
        else Withdrawal(number=body.number, agreement=body.agreement)
    )
    return await entering.enter(change, body.wait_seconds)


@router.post("/enforcement")
async def enforcement(about: EntryOf, entering: _Enter) -> Changed:
    """Return whether a change that was recorded has been carried out in every tray by now."""
    # of another's agreement as of none: an entry's number tells nothing
    if not await entering.work.run(_may_ask, entering.hub, entering.caller, about.entry):
        raise ProblemError(404, "There is no consent change with that entry.")
    return await entering.answer(about.entry, about.wait_seconds)


@router.post("/show")
async def show(about: PersonBody, entering: _Enter) -> Shown:
    """Show what each organisation may see of a participant, on which basis and until when.

    A key is shown the agreements that it may capture consent for.
    """
    shown = await entering.work.run(access_of, entering.hub, about.number)
    return Shown(
        agreements=[
            access_fields(held)
            for held in shown
            if entering.caller.may_capture_for(held.access.agreement.id)
        ]
    )


def _may_ask(hub: Hub, caller: Caller, entry: LedgerIndex) -> bool:
    with hub.engine.connect() as connection:
        return is_change(connection, entry, caller.agreements())
