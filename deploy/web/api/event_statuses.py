"""What became of events over HTTP: a provider is told of a dead letter, and when all is seen."""

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field

from deploy.operations.event_statuses import (
    EventState,
    StatedEvent,
    event_statuses,
    not_looked_at,
)
from deploy.web.api.consent_bodies import MOST_SECONDS
from deploy.web.api.event_bodies import MOST_EVENTS
from deploy.web.api.provider_route import ProviderRoute
from deploy.web.guard.closed_route import KnownCaller
from deploy.web.guard.declared_answers import OF_CLOSED_ROUTES, problem_answer
from deploy.web.guard.problems import ProblemError
from schemas.identifiers import EventId, is_event_id

_UUID: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_Wait = Annotated[float, Field(ge=0, le=MOST_SECONDS, description="How long to wait for that.")]

router = APIRouter(
    prefix="/v1/events", tags=["gateway"], route_class=ProviderRoute, responses=OF_CLOSED_ROUTES
)


class StatusBody(BaseModel, extra="forbid"):
    """Events whose fate is asked for."""

    event_ids: Annotated[
        list[Annotated[EventId, Field(pattern=_UUID)]], Field(min_length=1, max_length=MOST_EVENTS)
    ]
    wait_seconds: _Wait = 0.0


class StatusOfEvent(BaseModel):
    """What became of the highest revision of an event that was published over HTTP."""

    event_id: str
    status: EventState
    revision: int | None = None
    origin: Annotated[str | None, Field(description="Of the dead letter.")] = None
    reason: str = ""
    detail: Annotated[str, Field(description="Holds no value.")] = ""


class Statuses(BaseModel):
    """What became of events, in the order in which they were asked for."""

    events: list[StatusOfEvent]


class LookedAtBody(BaseModel, extra="forbid"):
    """How long to wait."""

    wait_seconds: _Wait = 0.0


class LookedAtAnswer(BaseModel):
    """How far the filter has come in the provider's in-tray."""

    is_all_looked_at: bool
    waiting: Annotated[
        int, Field(description="Records that were there at the request, and are not looked at yet.")
    ]


@router.post("/status", response_model_exclude_none=True)
async def status(request: Request, body: StatusBody, caller: KnownCaller) -> Statuses:
    """Tell what became of events, and wait until none of them waits any more.

    Whoever waits here is told of a dead letter, with its reason.
    """
    return Statuses(events=await _stated(request, caller, body.event_ids, body.wait_seconds))


@router.post("/looked-at")
async def looked_at(request: Request, body: LookedAtBody, caller: KnownCaller) -> LookedAtAnswer:
    """Tell whether all that this provider has published until now has been looked at.

    Whatever door it came by: what was refused of it stands among the dead letters by then.
    """
    hub, looks = request.app.state.hub, request.app.state.looks
    provider_id = caller.demand_provider()
    first = await looks.until(
        partial(not_looked_at, hub, provider_id), lambda _: True, timeout_seconds=0
    )
    seen = await looks.until(
        partial(not_looked_at, hub, provider_id, first.ends),
        lambda seen: not seen.waiting,
        body.wait_seconds,
    )
    return LookedAtAnswer(is_all_looked_at=not seen.waiting, waiting=seen.waiting)


@router.get(
    "/{event_id}",
    response_model_exclude_none=True,
    responses={404: problem_answer("This provider has published no such event over HTTP.")},
)
async def status_of(
    request: Request,
    event_id: Annotated[EventId, Path(json_schema_extra={"pattern": _UUID})],
    caller: KnownCaller,
) -> StatusOfEvent:
    """Tell what has become of one event by now."""
    if is_event_id(event_id):
        (found,) = await _stated(request, caller, [event_id], 0)
        if found.status is not EventState.UNKNOWN:
            return found
    raise ProblemError(404, "This provider has published no such event over HTTP.")


async def _stated(
    request: Request, caller: KnownCaller, event_ids: list[EventId], wait_seconds: float
) -> list[StatusOfEvent]:
    state: Any = request.app.state
    provider_id = caller.demand_provider()
    look = partial(event_statuses, state.hub, state.letter_book, provider_id, event_ids)
    found: list[StatedEvent] = await state.looks.until(look, _is_decided, wait_seconds)
    return [StatusOfEvent.model_validate(stated._asdict()) for stated in found]


def _is_decided(found: list[StatedEvent]) -> bool:
    return all(stated.status is not EventState.WAITING for stated in found)
