"""Dead letters over HTTP: a provider sees its own, and replays them once their cause is mended."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from consent_ledger.filter.intake import Reason
from deploy.hub import Hub
from deploy.operations.kept_out import demand_not_kept_out
from deploy.operations.letter_book import LetterBook, OwnLetter
from deploy.operations.letter_replay import ReplayedLetters, replay_all
from deploy.web.api.provider_route import ProviderRoute
from deploy.web.guard.closed_route import KnownCaller
from deploy.web.guard.declared_answers import OF_CLOSED_ROUTES, problem_answer
from deploy.web.guard.problems import ProblemError
from schemas.identifiers import ProviderId

_NONE = "There is no dead letter of this provider from there."

router = APIRouter(
    prefix="/v1/dead-letters",
    tags=["gateway"],
    route_class=ProviderRoute,
    responses=OF_CLOSED_ROUTES,
)


class LetterShown(BaseModel):
    """A dead letter, as its provider sees it."""

    origin: Annotated[str, Field(description="Where it came from: in-tray, partition and offset.")]
    reason: str
    detail: Annotated[str, Field(description="Holds no value.")]
    refused_at: str
    event_id: Annotated[str | None, Field(description="Of what is an event as it stands.")] = None
    revision: Annotated[int | None, Field(description="Likewise.")] = None


class LettersShown(BaseModel):
    """The dead letters of a provider, the oldest first."""

    dead_letters: list[LetterShown]


class LetterFrom(BaseModel, extra="forbid"):
    """One dead letter."""

    origin: Annotated[str, Field(max_length=200)]


class LettersOf(BaseModel, extra="forbid"):
    """All dead letters of one reason."""

    reason: Reason


class LettersReplayed(BaseModel):
    """What was done."""

    replayed: Annotated[int, Field(description="Events that stand in the in-tray again.")]
    unreadable: Annotated[
        list[str], Field(description="Origins of letters that are no event: publish them mended.")
    ]


@router.get("", response_model_exclude_none=True)
async def letters(request: Request, caller: KnownCaller) -> LettersShown:
    """List what this provider sent, by whatever door, and the filter could not accept."""
    state: Any = request.app.state
    found = await state.work.run(state.letter_book.all_of, caller.demand_provider())
    return LettersShown(dead_letters=[_shown(own) for own in found])


@router.post(
    "/replay", responses={404: problem_answer("There is no such dead letter of this provider.")}
)
async def replay(
    request: Request, body: LetterFrom | LettersOf, caller: KnownCaller
) -> LettersReplayed:
    """Publish one dead letter again, or all of one reason, and take them away.

    The filter decides on each anew, under the consent of now; what it refuses again is a dead
    letter again.
    """
    state: Any = request.app.state
    done = await state.replaying.run(
        _replay, state.hub, state.letter_book, caller.demand_provider(), body
    )
    return LettersReplayed.model_validate(done._asdict())


def _replay(
    hub: Hub, book: LetterBook, provider_id: ProviderId, asked: LetterFrom | LettersOf
) -> ReplayedLetters:
    demand_not_kept_out(hub, provider_id)
    held = [own.letter for own in book.all_of(provider_id)]
    match asked:
        case LetterFrom():
            letters = [letter for letter in held if letter.origin == asked.origin]
            if not letters:
                raise ProblemError(404, _NONE)
        case LettersOf():
            letters = [letter for letter in held if letter.reason == asked.reason]
    return replay_all(hub, letters, operator=provider_id)


def _shown(own: OwnLetter) -> LetterShown:
    letter = own.letter
    return LetterShown(
        origin=letter.origin,
        reason=letter.reason,
        detail=letter.detail,
        refused_at=letter.refused_at,
        event_id=own.event_id,
        revision=own.revision,
    )
