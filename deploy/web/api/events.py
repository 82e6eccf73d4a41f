"""Events over HTTP, published by a provider's key: a batch at a time, each event answered."""

from collections import Counter
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Header, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from deploy.hub import Hub
from deploy.metrics import GATEWAY_EVENTS
from deploy.operations.published_batches import Broker, PublishedBatch
from deploy.operations.service_warnings import NotedReferrals
from deploy.pages.service_fields import warning_fields
from deploy.web.api.event_bodies import EVENTS_BODY, MOST_EVENTS, BatchAnswer
from deploy.web.api.provider_route import ProviderRoute
from deploy.web.guard.bounded_request import AVRO, JSON, JSON_LINES, kind_of
from deploy.web.guard.closed_route import KnownCaller
from deploy.web.guard.declared_answers import OF_CLOSED_ROUTES, problem_answer
from deploy.web.guard.problems import ProblemError, problem
from deploy.web.publishing import RETRY_SECONDS, Publishing
from deploy.web.work import Work
from producers.gateway.avro_container import entries_in_container
from producers.gateway.batch import Entry, EntryAnswer, EntryOutcome, EventBatch, entries_in_lines
from producers.gateway.kept_requests import KeyedRequest

MOST_BYTES: Final = 1_000_000


class EventsRoute(ProviderRoute):
    """One that takes batches of events."""

    most_bytes = MOST_BYTES
    kinds = (JSON, JSON_LINES, AVRO)


router = APIRouter(
    prefix="/v1/events",
    tags=["gateway"],
    route_class=EventsRoute,
    responses=OF_CLOSED_ROUTES
    | {503: problem_answer("Kafka or the database does not answer at the moment.")},
)


@router.post(
    "",
    status_code=202,
    response_model=BatchAnswer,
    openapi_extra={"requestBody": EVENTS_BODY},
    responses={
        207: {"model": BatchAnswer, "description": "Some or all were refused: look at each."},
        409: problem_answer("A request with that Idempotency-Key is being answered."),
        429: problem_answer("Kafka is slow, or enough is under way; see Retry-After."),
    },
)
async def publish(
    request: Request,
    body: Annotated[Any, Body()],
    caller: KnownCaller,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=200,
            pattern="^[!-~]+$",
            json_schema_extra={"format": "idempotency-key"},
            description="Names this request: sent again within a day, it has the effect of one.",
        ),
    ] = None,
) -> Response:
    """Publish one event or a batch. 202: Kafka has acknowledged every one of them.

    Events are the lines of `nwd publish`; `provider_id` can be left out, as the key says who
    publishes. Without `event_id` an event gets a new one, which the answer names.
    """
    hub: Hub = request.app.state.hub
    publishing: Publishing = request.app.state.publishing
    provider_id = caller.demand_provider()
    asked = idempotency_key and KeyedRequest(
        provider_id, hub.secrets.door_key(provider_id), idempotency_key, await request.body()
    )
    batch = EventBatch(provider_id, _entries(body, kind_of(request)), hub.clock())
    published = await publishing.publish(batch, asked or None)
    return _answer(published, await _warnings(request, published))


def _entries(body: Any, kind: str) -> list[Entry]:
    """Return what a body has as events; ProblemError 422 where that is nothing, or too much.

    ContainerError where it is no container.
    """
    match body:
        case bytes() if kind == AVRO:
            entries = entries_in_container(body)
        case bytes():
            entries = entries_in_lines(body)
        case list():
            entries = [Entry(place, content) for place, content in enumerate(body, start=1)]
        case dict():
            entries = [Entry(1, body)]
        case _:
            raise ProblemError(422, "The body is no event and no list of events.")
    if not 0 < len(entries) <= MOST_EVENTS:
        raise ProblemError(422, f"A batch has from 1 to {MOST_EVENTS} events.")
    return entries


async def _warnings(request: Request, published: PublishedBatch) -> list[dict[str, Any]]:
    """Return why to ask before anybody is sent to a service of the batch: never a condition."""
    noted = NotedReferrals()
    for answer in published.answers:
        if answer.event is not None and answer.outcome is EntryOutcome.ACCEPTED:
            noted.note(answer.event)
    if not noted.by_service:
        return []
    work: Work = request.app.state.work
    try:
        return [*map(warning_fields, await work.run(noted.warnings, request.app.state.hub))]
    except (OperationalError, PoolTimeout):
        return []


def _answer(published: PublishedBatch, warnings: list[dict[str, Any]]) -> Response:
    counts = Counter(answer.outcome for answer in published.answers)
    for outcome, count in counts.items():
        GATEWAY_EVENTS.labels(outcome.value).inc(count)
    fields: dict[str, Any] = {outcome.value: counts[outcome] for outcome in EntryOutcome}
    fields["events"] = [_fields(answer) for answer in published.answers]
    fields["service_warnings"] = warnings
    match published.broker:
        case Broker.CONFIRMED:
            return JSONResponse(fields, 207 if counts[EntryOutcome.REFUSED] else 202)
        case Broker.SLOW:
            status, title = 429, "Kafka has not acknowledged all events in time."
        case Broker.AWAY:
            status, title = 503, "Kafka does not answer at the moment."
    return problem(
        status,
        title,
        "Send the unconfirmed ones again under the same ids, or all with the same Idempotency-Key:"
        " that is harmless.",
        {"retry-after": str(RETRY_SECONDS)},
        **fields,
    )


def _fields(answer: EntryAnswer) -> dict[str, Any]:
    fields = {"line": answer.line, "outcome": answer.outcome, "problems": answer.problems}
    if answer.event is None or answer.outcome is EntryOutcome.REFUSED:
        return fields
    return fields | {"event_id": answer.event.event_id, "revision": answer.event.revision}
