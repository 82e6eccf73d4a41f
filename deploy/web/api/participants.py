"""People over HTTP: registered or found by a provider's key, one or several at once."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from deploy.operations.applicants import RegistrationOutcome, register_people
from deploy.web.api.provider_route import ProviderRoute
from deploy.web.guard.bounded_request import JSON
from deploy.web.guard.closed_route import KnownCaller
from deploy.web.guard.declared_answers import OF_CLOSED_ROUTES
from deploy.web.guard.problems import ProblemError

MOST_PEOPLE: Final = 100
"""They are registered in one transaction, for which a withdrawal may wait."""

_PERSON: Final[dict[str, Any]] = {
    "description": "`reference`, the provider's own, and what it knows of who the person is, as"
    " `nwd participant register --stdin` takes it; `passport_number`, if the person brought one;"
    " `answer` to a possible match: `same` with the number on their card, or without one where they"
    " agree to be looked up, `other`, or `returning` after an erasure.",
}
_BODY: Final[dict[str, Any]] = {
    "required": True,
    "content": {
        JSON: {
            "schema": {
                "oneOf": [
                    {"type": "object"},
                    {"type": "array", "items": _PERSON, "minItems": 1, "maxItems": MOST_PEOPLE},
                ]
            },
            "example": [
                {"reference": "case-1001", "given_names": "Ada", "date_of_birth": "1991-03-14"}
            ],
        }
    },
}


class PeopleRoute(ProviderRoute):
    """One that takes people."""

    most_bytes = 256 * 1024


router = APIRouter(
    prefix="/v1/participants", tags=["gateway"], route_class=PeopleRoute, responses=OF_CLOSED_ROUTES
)


class PersonAnswer(BaseModel):
    """What a provider is told of somebody."""

    line: Annotated[int, Field(description="Their place in the list, from 1.")]
    outcome: RegistrationOutcome
    participant_id: str | None
    doubts: Annotated[list[str], Field(description="What was taken as absent, and why.")]
    problems: Annotated[
        list[str], Field(description="What agrees with somebody known, or what is wrong.")
    ]


class PeopleAnswer(BaseModel):
    """What a provider is told of people, each in their place."""

    people: list[PersonAnswer]


@router.post(
    "",
    response_model=PeopleAnswer,
    openapi_extra={"requestBody": _BODY},
    responses={207: {"model": PeopleAnswer, "description": "Not everybody has a number."}},
)
async def register(request: Request, body: Annotated[Any, Body()], caller: KnownCaller) -> Response:
    """Give people a passport number, or find the one they have. 200: everybody has one.

    The provider's own reference finds the same person again, so that it is safe to send them twice.
    Who may be somebody with a number already is not joined to anybody: ask, and answer.
    """
    people = [body] if isinstance(body, dict) else body
    if not isinstance(people, list) or not 0 < len(people) <= MOST_PEOPLE:
        raise ProblemError(422, f"The body is a person, or a list of 1 to {MOST_PEOPLE}.")
    hub, work = request.app.state.hub, request.app.state.work
    answers = await work.run(register_people, hub, caller.demand_provider(), people)
    have_numbers = all(answer.participant_id for answer in answers)
    return JSONResponse(
        {"people": [answer._asdict() for answer in answers]}, 200 if have_numbers else 207
    )
